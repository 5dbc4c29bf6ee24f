"""The guides of those who work with a phone in the hand."""

from django.utils.translation import gettext_lazy as _

from outpost.web.guide_steps import Guide, GuideStep

MANAGER = Guide(
    _(
        "Put your posters up, know how many come, keep what is stated of your venue right. All of it works on a phone."
    ),
    (
        GuideStep(
            _("Sign in with your phone"),
            _("Enter the mobile number that your town has on record, touch Send a code, and enter the code."),
        ),
        GuideStep(
            _("Print the posters"),
            _(
                "Under My venue choose Posters to print. Each checkpoint has a page of its own: hang it where people "
                "wait, out of the rain and of reflections."
            ),
            "venues:mine",
            "venue",
        ),
        GuideStep(
            _("A poster is gone or was copied"),
            _(
                "Open Change beside the checkpoint and touch New code: the former poster stops working at once. "
                "Then print the new one."
            ),
            "venues:mine",
        ),
        GuideStep(
            _("See how many come, and keep it as a file"),
            _(
                "Visitor statistics shows each hour, day, checkpoint and inspector; Export the statistics writes a "
                "workbook of the same numbers, with the instant of which they are. It lies under My tasks."
            ),
            "venues:mine",
            "flow",
        ),
        GuideStep(
            _("Let people say when they leave"),
            _(
                "Under Check-out on the page of your venue touch Offer to check out. Without it each visit counts "
                "for as long as is usual at such a place."
            ),
            "venues:mine",
        ),
        GuideStep(
            _("Run a chain"),
            _(
                "Once your town lets you, Branches on the page of your venue takes a table of the others. Whoever it "
                "names gets a message and agrees by signing in; ask once more, or name somebody else there. Posters of "
                "these branches prints them all as one file."
            ),
            "venues:mine",
        ),
        GuideStep(
            _("The venue closes"),
            _(
                "Touch Close the venue: no code works any more, what was recorded stays. Within 24 hours it can be "
                "undone."
            ),
            "venues:mine",
        ),
    ),
    is_for_phones=True,
)

INSPECTOR = Guide(
    _("Join your venue by its join code, check people in at the gate. All of it works on a phone."),
    (
        GuideStep(
            _("Sign in with your phone"),
            _(
                "Open the link of the join code that your manager sent you, enter your mobile number, then the code."
            ),
        ),
        GuideStep(
            _("Say your name and join"),
            _(
                "The page says which venue it is. Enter your full name and touch Join: the venue stands under My work."
            ),
            "venues:work",
        ),
        GuideStep(
            _("Take a temperature at the gate"),
            _(
                "Say how it was taken. Below 35.0 °C it has failed: take it again. Do not let in counts whoever is "
                "turned away, and keeps no name."
            ),
        ),
        GuideStep(
            _("How many came"),
            _(
                "Touch Visitor statistics under My work: by hour, by checkpoint, how many temperatures were taken, how "
                "many people were turned away."
            ),
            "venues:work",
            "work",
        ),
        GuideStep(
            _("You work there no longer"),
            _("Touch Leave this venue under My work. Your right there ends at once."),
            "venues:work",
        ),
    ),
    is_for_phones=True,
)

SITE_LEAD = Guide(
    _(
        "Register who is to work on your site, let people in and out, see who is there. All of it works on a phone."
    ),
    (
        GuideStep(
            _("Sign in with your phone"),
            _("Enter the mobile number that stands in the contract filing, then the code."),
        ),
        GuideStep(
            _("Choose the contract"),
            _(
                "With one contract you are there at once. With several, My sites lists them: touch its number."
            ),
            "sites:mine",
        ),
        GuideStep(
            _("Register people"),
            _(
                "Everybody declares their health first, on their own phone. Then import a table of them; the page "
                "offers a template."
            ),
            "sites:mine",
            "register",
        ),
        GuideStep(
            _("Register who comes along"),
            _(
                "Family is registered from the row of the person with whom they come, a child by its birth "
                "certificate. It is counted apart and never enters the site."
            ),
            "sites:mine",
        ),
        GuideStep(
            _("Authorise registrars"),
            _(
                "On the page of the contract touch Registrars. Each registers the people of one employer alone."
            ),
            "sites:mine",
        ),
        GuideStep(
            _("Let people in and out"),
            _(
                "The list says of each whether they may enter, and if not, what is missing. Tick people and touch "
                "Enter or Leave."
            ),
            "sites:mine",
            "enter",
        ),
        GuideStep(
            _("A device at the gate"),
            _(
                "Touch Gate devices: set your PIN, then enrol the phone at the gate by the code. It says who may enter "
                "without a network, too; what cannot hold stands under Conflicts at gates."
            ),
            "sites:gate_conflicts",
        ),
    ),
    is_for_phones=True,
)

SITE_SUPERVISOR = Guide(
    _("See who is on the sites that your company supervises, and report daily health."),
    (
        GuideStep(
            _("Sign in with your phone"),
            _("Enter the mobile number that stands in the contract filing, then the code."),
        ),
        GuideStep(
            _("Look who is there"),
            _(
                "My sites leads to the people of the contract: who is registered, on site, who may not enter and why."
            ),
            "sites:mine",
            "people",
        ),
        GuideStep(
            _("Authorise registrars"),
            _(
                "On the page of the contract touch Registrars. Each registers the people of one employer alone."
            ),
            "sites:mine",
        ),
    ),
    is_for_phones=True,
)

SITE_USER = Guide(
    _("Register the people of your employer at the site, let them in and out. All of it works on a phone."),
    (
        GuideStep(
            _("Sign in with your phone"),
            _("Enter the mobile number by which the site authorised you, then the code."),
        ),
        GuideStep(
            _("Register people"),
            _(
                "Everybody declares their health first, on their own phone. Then register them, or import a table. You "
                "see the people of your employer alone."
            ),
            "sites:mine",
        ),
        GuideStep(
            _("Let people in and out"),
            _(
                "The list says of each whether they may enter, and if not, what is missing. Tick people and touch "
                "Enter or Leave."
            ),
            "sites:mine",
        ),
    ),
    is_for_phones=True,
)

CITIZEN = Guide(
    _("Check in, show your pass, and see what is known of you. Any phone with a browser will do."),
    (
        GuideStep(
            _("Say once who you are"),
            _(
                "Sign in with your phone, then enter your name and the number of your card. Nobody else can use that "
                "number afterwards; if somebody already does, an officer of your town decides on sight of the card."
            ),
        ),
        GuideStep(
            _("Declare your health"),
            _(
                "The page opens by itself where it is asked for, and says until when your declaration counts. You may "
                "state where you live now, and again once you have moved; left empty, what you stated stays."
            ),
        ),
        GuideStep(
            _("Check in at a venue"),
            _(
                "Scan the poster with the camera or with WeChat, or type its short code. Without network it is kept in "
                "your phone and sent later, with the time at which you were there."
            ),
        ),
        GuideStep(
            _("Check out when you leave"),
            _(
                "Some venues offer it: touch Check out on the page of the code or on My page. Whoever came along by "
                "the same touch leaves with you. Elsewhere nothing is asked."
            ),
        ),
        GuideStep(
            _("Show your pass"),
            _(
                "My page shows its colour, why, since when and until when. Touch Show my pass code at a gate: the code "
                "is new every half minute, a picture of it is worth nothing."
            ),
        ),
        GuideStep(
            _("Act for children and elders"),
            _("Add them on My page with their papers. They are checked in with you in the same touch."),
        ),
        GuideStep(
            _("You are isolated"),
            _(
                "My page says what was ordered, on which ground, by whom, where, and until when. Whoever disagrees "
                "touches Object to it."
            ),
        ),
        GuideStep(
            _("See who looked at your data"),
            _("My page lists who saw your name and number in clear, when and what for."),
        ),
        GuideStep(
            _("Something is wrong"),
            _(
                "Touch Object to it below your pass and say why. An officer has to answer in time. Whoever has no "
                "other duty here can close the account at the end of the page."
            ),
        ),
    ),
    is_for_phones=True,
)
