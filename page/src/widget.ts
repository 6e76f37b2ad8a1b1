/** The page in the cell of a notebook, whose kernel answers it. `loader.ts` asks for this file. */
import { openServer, type Way } from "./data/server";
import { mount, preferred } from "./mount";
import type { Model } from "./notebook/model";
import { surroundingsOf } from "./notebook/surroundings";
import { beginning, followTraits } from "./notebook/traits";
import { errorText } from "./ui/errors";
import "./widget.css";

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
  // Keys that the page is pressed are not the notebook's: b would insert a cell (JupyterLab).
  root.dataset.lmSuppressShortcuts = "true";
  const sheet = element.ownerDocument.createElement("style");
  sheet.textContent = style;
  element.replaceChildren(sheet, root);
  const still = element.ownerDocument.querySelector<HTMLElement>(`[data-tovec-still="${String(model.get("_still"))}"]`);
  const resize = () => (element.style.height = `${String(model.get("height"))}px`);
  try {
    const source = await openServer(base, { fetch, silence: "silent", text: "the kernel does not answer" });
    const page = await mount(root, source, {
      address: null,
      languages: navigator.languages,
      begin: beginning(model),
      surroundings: surroundingsOf(element),
    });
    followTraits(page.app, model);
    model.on("change:height", resize);
    if (still) still.hidden = true;
    Object.assign(root, { page }); // for whoever drives the page from outside: tests
    return () => {
      model.off("change:height", resize);
      page.destroy();
      if (still) still.hidden = false;
      element.replaceChildren();
    };
  } catch (error) {
    root.textContent = errorText(preferred(navigator.languages), (error as Error).message);
    return () => element.replaceChildren();
  }
}
