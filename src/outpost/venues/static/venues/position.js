// Fills in where the phone is, once its holder touches the button and the browser has asked them. Without a position, or
// without this script, the two fields are typed or stay empty.

const part = document.querySelector("[data-position]");
const refused = part?.querySelector("[data-refused]");

function fill({ coords }) {
  document.querySelector("[name=longitude]").value = coords.longitude.toFixed(5);
  document.querySelector("[name=latitude]").value = coords.latitude.toFixed(5);
  refused.hidden = true;
}

if (part && navigator.geolocation && window.isSecureContext) {
  part.hidden = false;
  part.querySelector("button").addEventListener("click", () => {
    const options = { enableHighAccuracy: true, timeout: 10000 };
    navigator.geolocation.getCurrentPosition(fill, () => { refused.hidden = false; }, options);
  });
}
