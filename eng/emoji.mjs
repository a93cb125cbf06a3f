// Picks the emoji of a list from the packages of their pictures and of their names, and writes them as a folder of sprites.
// usage: node eng/emoji.mjs LIST PICTURES NAMES.json FOLDER
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const [list, pictures, names, folder] = process.argv.slice(2);
const byLabel = new Map(JSON.parse(readFileSync(names, "utf8")).map((emoji) => [emoji.label, emoji]));
const wanted = readFileSync(list, "utf8").split("\n").filter((line) => line.trim() !== "");

const plural = (name) =>
  /(s|x|z|ch|sh|ato)$/.test(name) ? `${name}es` : /[^aeiou]y$/.test(name) ? `${name.slice(0, -1)}ies` : `${name}s`;

// Words that name nothing to be seen, or that are a part of the name.
const tagsOf = (emoji) => (emoji.tags ?? []).filter((tag) => /^[a-z]{3,12}$/.test(tag) && !emoji.label.split(" ").includes(tag)).slice(0, 4);

const fileOf = (emoji) => {
  const code = emoji.hexcode.toLowerCase();
  return [code, code.replaceAll("-fe0f", "")].map((name) => `${name}.webp`).find((name) => existsSync(join(pictures, name)));
};

mkdirSync(join(folder, "pictures"), { recursive: true });
const missing = wanted.filter((label) => !byLabel.has(label) || !fileOf(byLabel.get(label)));
if (missing.length > 0) throw new Error(`no name or no picture for: ${missing.join(", ")}`);
const rows = wanted.map((label) => {
  const emoji = byLabel.get(label);
  const file = fileOf(emoji);
  copyFileSync(join(pictures, file), join(folder, "pictures", file));
  return JSON.stringify({ file: `pictures/${file}`, name: label, plural: plural(label), tags: tagsOf(emoji) });
});
writeFileSync(join(folder, "sprites.jsonl"), `${rows.join("\n")}\n`);
console.log(`${rows.length} sprites in ${folder}`);
