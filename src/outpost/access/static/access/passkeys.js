// Passkeys: asks the device for what the page wants (make one, sign with one) and sends its answer in the form.

const bytes = (text) =>
  Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const known = (all) => (all || []).map((one) => Object.assign({}, one, { id: bytes(one.id) }));

const asks = {
  create(options) {
    const user = Object.assign({}, options.user, { id: bytes(options.user.id) });
    const changed = { user, challenge: bytes(options.challenge), excludeCredentials: known(options.excludeCredentials) };
    return navigator.credentials.create({ publicKey: Object.assign({}, options, changed) });
  },
  get(options) {
    const changed = { challenge: bytes(options.challenge), allowCredentials: known(options.allowCredentials) };
    return navigator.credentials.get({ publicKey: Object.assign({}, options, changed) });
  },
};

const answer = (credential) => {
  const response = {};
  for (const part of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[part]) response[part] = text(credential.response[part]);
  }
  return JSON.stringify({ id: credential.id, rawId: text(credential.rawId), type: credential.type, response });
};

for (const form of document.querySelectorAll("[data-passkey]")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const failed = form.querySelector("[data-passkey-failed]");
    failed.hidden = true;
    try {
      const ask = asks[form.dataset.passkey];
      form.elements.credential.value = answer(await ask(JSON.parse(form.dataset.options)));
    } catch (error) {
      failed.hidden = false;
      return;
    }
    form.submit();
  });
}

for (const offer of document.querySelectorAll("[data-passkey-offer]")) {
  offer.hidden = !window.PublicKeyCredential;
}
