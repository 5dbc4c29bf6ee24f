"""A principal adds a passkey, signs in with it, removes it: Chromium with a device of its own making (DevTools)."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import District, Visit
from tests.browser.test_back import confirmed
from tests.browser.visitor import Visitor

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.promise("A2")]

DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def give_device(visitor: Visitor) -> None:
    """Let the browser have a device with a lock, which its owner opens each time."""
    browser = visitor.page.context.new_cdp_session(visitor.page)
    browser.send("WebAuthn.enable")
    browser.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})


def test_a_principal_signs_in_by_the_lock_of_the_phone(visit: Visit, district: District) -> None:
    visitor = visit()
    visitor.address = f"http://localhost:{urlsplit(district.address).port}"  # browsers bind passkeys to names
    page, phone = visitor.page, district.sign_ins["principal"].user
    give_device(visitor)
    visitor.sign_in_by_phone(phone)
    visitor.open("/me")
    visitor.look("me")
    visitor.press(page.get_by_role("link", name="添加通行密钥"))
    visitor.look("confirm")
    prove(visitor)
    visitor.look("new-passkey")
    visitor.fill(label="我的手机")
    visitor.press(page.get_by_role("button", name="添加通行密钥"))
    expect(page.locator("main")).to_contain_text("我的手机")
    visitor.look("added")
    page.context.clear_cookies()
    visitor.open("/sign-in?by=phone")
    visitor.look("sign-in")
    visitor.press(page.get_by_role("link", name="用通行密钥"))
    visitor.look("passkey")
    visitor.press(page.get_by_role("button", name="登录"))
    expect(page.locator(".answer")).to_be_visible()
    remove(visitor)
    visitor.open("/sign-in/passkey")
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("alert")).to_contain_text("不能在此登录")


def prove(visitor: Visitor) -> None:
    """By a code, who one is."""
    visitor.press(visitor.page.locator("button[name=ask]"))
    visitor.fill(proof=visitor.page.locator(".developer code").first.inner_text())
    visitor.press(visitor.page.get_by_role("button", name="继续"))


def remove(visitor: Visitor) -> None:
    """Remove the only passkey, which asks who it is first."""
    visitor.open("/me")
    confirmed(visitor, visitor.page.get_by_role("button", name="删除"))
    prove(visitor)
    confirmed(visitor, visitor.page.get_by_role("button", name="删除"))
    expect(visitor.page.get_by_role("button", name="删除")).to_have_count(0)
