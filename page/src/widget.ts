/** The page in the cell of a notebook, whose kernel answers it. `loader.ts` asks for this file. */
import { openServer, type Way } from "./data/server";
import { mount, preferred } from "./mount";
import type { Model } from "./notebook/model";
import { surroundingsOf } from "./notebook/surroundings";
import { beginning, followTraits } from "./notebook/traits";
import { errorText } from "./ui/errors";
import "./widget.css";

/** So long the page waits for its font, which comes from the kernel too; until it is there the system's is shown. */
const FONT_MS = 1500;
const FONT = "Pretendard";

/** Show the page in `element` until the returned function is called. `base`: what its questions begin with. */
export async function show(
  model: Model,
  element: HTMLElement,
  style: string,
  base: URL,
  fetch: Way["fetch"],
): Promise<() => void> {
  const root = element.ownerDocument.createElement("div");
  root.className = "tovec-widget";
  root.addEventListener("focusin", keepKeys);
  const sheet = element.ownerDocument.createElement("style");
  sheet.textContent = style;
  element.replaceChildren(sheet, root);
  const still = element.ownerDocument.querySelector<HTMLElement>(`[data-tovec-still="${String(model.get("_still"))}"]`);
  try {
    const [source] = await Promise.all([
      openServer(base, { fetch, silence: "silent", text: "the kernel does not answer" }),
      Promise.race([loadFont(element.ownerDocument, base, fetch), new Promise((go) => setTimeout(go, FONT_MS))]),
    ]);
    const page = await mount(root, source, {
      address: null,
      languages: navigator.languages,
      begin: beginning(model),
      surroundings: surroundingsOf(element),
    });
    followTraits(page.app, model);
    if (still) still.hidden = true;
    Object.assign(root, { page }); // for whoever drives the page from outside: tests
    return () => {
      page.destroy();
      if (still) still.hidden = false;
      element.replaceChildren();
    };
  } catch (error) {
    root.textContent = errorText(preferred(navigator.languages), (error as Error).message);
    return () => element.replaceChildren();
  }
}

async function loadFont({ fonts }: Document, base: URL, fetch: Way["fetch"]): Promise<void> {
  if ([...fonts].some(({ family }) => family === FONT)) return;
  const answer = await fetch(new URL("PretendardVariable.woff2", base), {});
  if (!answer.ok) return;
  const face = new FontFace(FONT, await answer.arrayBuffer(), { weight: "45 920" });
  fonts.add(await face.load());
  // A face that is made of bytes arrives without it.
  fonts.dispatchEvent(new Event("loadingdone"));
}

/** Keys on the page are not the notebook's: b would insert a cell. JupyterLab asks what has the focus, nothing above. */
function keepKeys({ target }: FocusEvent): void {
  (target as HTMLElement).dataset.lmSuppressShortcuts = "true";
}
