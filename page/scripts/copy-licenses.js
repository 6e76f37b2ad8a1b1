// Puts the licenses of all that is inside page.js, widget.js and the fonts beside them: each asks to go wherever its work goes.
import { readFileSync, writeFileSync } from "node:fs";

const modules = new URL("../node_modules/", import.meta.url);
const to = new URL("../../tovec/server/static/page/licenses.txt", import.meta.url);

const bundled = { three: "LICENSE", "@huggingface/tokenizers": "LICENSE", pretendard: "dist/LICENSE.txt" };

const parts = Object.entries(bundled).map(([name, file]) => {
  const { version, license } = JSON.parse(readFileSync(new URL(`${name}/package.json`, modules), "utf8"));
  return `${name} ${version} (${license})\n\n${readFileSync(new URL(`${name}/${file}`, modules), "utf8").trim()}\n`;
});
writeFileSync(to, parts.join(`\n${"-".repeat(80)}\n\n`));
