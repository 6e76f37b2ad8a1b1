/**
 * What a notebook is given of the page: enough to ask the kernel for the rest, so that a notebook which keeps the state
 * of its widgets stays small.
 *
 * The page gets a frame of its own: styles and keys of the notebook do not reach it, nor those of the page the notebook.
 */
import { openMessages, reach } from "./notebook/messages";
import { BASE, type Given, type Shown } from "./notebook/model";

async function render({ model, el, signal }: Shown): Promise<() => void> {
  const { ownerDocument } = el;
  const frame = ownerDocument.createElement("iframe");
  frame.className = "tovec-widget";
  frame.title = "tovec";
  frame.style.cssText =
    "display: block; box-sizing: border-box; width: 100%; border: 1px solid #8886; border-radius: 6px";
  // Not that of `el`, which has the layout of ipywidgets: it takes away what others set.
  const resize = () => (frame.style.height = `${String(model.get("height"))}px`);
  resize();
  model.on("change:height", resize);

  const messages = openMessages(model);
  await reach(messages);
  const text = async (name: string) => (await messages.fetch(new URL(name, BASE), {})).text();
  const [code, style] = await Promise.all([text("widget.js"), text("widget.css")]);
  const address = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));

  let given: Given | null = null;
  // At the first, and whenever the notebook has taken the frame out of the document and put it back, which empties it.
  const start = () => {
    given?.end();
    const inside = frame.contentDocument!;
    given = { model, outside: frame, end: () => {} };
    Object.assign(frame.contentWindow!, { given });
    const sheet = inside.createElement("style");
    sheet.textContent = style;
    const script = Object.assign(inside.createElement("script"), { type: "module", src: address });
    inside.head.replaceChildren(sheet, script);
  };
  frame.addEventListener("load", start);
  el.replaceChildren(frame);

  const end = () => {
    model.off("change:height", resize);
    frame.removeEventListener("load", start);
    given?.end();
    messages.leave();
    frame.remove();
    URL.revokeObjectURL(address);
  };
  if (signal?.aborted) end();
  return end;
}

export default { render };
