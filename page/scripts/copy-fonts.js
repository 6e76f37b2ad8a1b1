// Copies what the figures need of Pretendard (SIL Open Font License 1.1) into the Python package.
import { copyFileSync, mkdirSync } from "node:fs";

const from = new URL("../node_modules/pretendard/dist/", import.meta.url);
const to = new URL("../../tovec/server/static/fonts/", import.meta.url);

const files = {
  "public/static/alternative/Pretendard-Regular.ttf": "Pretendard-Regular.ttf",
  "public/static/alternative/Pretendard-Bold.ttf": "Pretendard-Bold.ttf",
  "LICENSE.txt": "LICENSE.txt", // the license asks to go wherever the fonts go
};

mkdirSync(to, { recursive: true });
for (const [source, name] of Object.entries(files)) copyFileSync(new URL(source, from), new URL(name, to));
