// Fills in where the phone is, once its holder touches the button and the browser has asked them, or what was touched on
// the map of the district. Without either, or without this script, the two fields are typed or stay empty.

const part = document.querySelector("[data-position]");
const refused = part?.querySelector("[data-refused]");

const map = document.querySelector("[data-pick] svg");

function fill({ coords }) {
  document.querySelector("[name=longitude]").value = coords.longitude.toFixed(5);
  document.querySelector("[name=latitude]").value = coords.latitude.toFixed(5);
  refused.hidden = true;
}

// The drawing's edges in degrees stand in its data-bounds: west, south, east, north.
function pick(event) {
  const [west, south, east, north] = map.dataset.bounds.split(" ").map(Number);
  const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(map.getScreenCTM().inverse());
  const { width, height } = map.viewBox.baseVal;
  mark(at);
  fill({ coords: { longitude: west + (east - west) * at.x / width, latitude: north - (north - south) * at.y / height } });
}

function mark(at) {
  map.querySelector(".map-picked")?.remove();
  const dot = document.createElementNS("http://www.w3.org/2000/svg", "circle");
  for (const [name, value] of [["class", "map-picked"], ["cx", at.x], ["cy", at.y], ["r", 8]]) dot.setAttribute(name, value);
  map.append(dot);
}

if (map) {
  map.closest("[data-pick]").hidden = false;
  map.addEventListener("click", pick);
}

if (part && navigator.geolocation && window.isSecureContext) {
  part.hidden = false;
  part.querySelector("button").addEventListener("click", () => {
    const options = { enableHighAccuracy: true, timeout: 10000 };
    navigator.geolocation.getCurrentPosition(fill, () => { refused.hidden = false; }, options);
  });
}
