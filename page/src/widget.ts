/** The page in the cell of a notebook, whose kernel answers it. `loader.ts` has put it into a frame. */
import { openServer } from "./data/server";
import { mount, preferred } from "./mount";
import { type Messages, openMessages } from "./notebook/messages";
import { BASE, type Given } from "./notebook/model";
import { surroundingsOf } from "./notebook/surroundings";
import { beginning, followTraits } from "./notebook/traits";
import { errorText } from "./ui/errors";
import { subscribe } from "./ui/subscribe";
import "./widget.css";

/** So long the page waits for its font, which comes from the kernel too; until it is there the system's is shown. */
const FONT_MS = 1500;
const FONT = "Pretendard";

await show((window as unknown as { given: Given }).given);

async function show(given: Given): Promise<void> {
  const { model, outside } = given;
  const messages = openMessages(model);
  given.end = messages.leave;
  try {
    const silence = { silence: "silent", text: "the kernel does not answer" } as const;
    const [source] = await Promise.all([openServer(BASE, { ...messages, ...silence }), inTime(loadFont(messages))]);
    const page = await mount(document.body, source, {
      address: null,
      languages: navigator.languages,
      begin: beginning(model),
      surroundings: surroundingsOf(outside),
    });
    followTraits(page.app, model);
    subscribe(page.app, ["lang"], () => (document.documentElement.lang = page.app.store.get().lang));
    const showStill = hideStill(outside, String(model.get("_still")));
    given.end = () => {
      page.destroy();
      messages.leave();
      showStill();
    };
    Object.assign(window, { page }); // for whoever drives the page from outside: tests
  } catch (error) {
    document.body.textContent = errorText(preferred(navigator.languages), (error as Error).message);
  }
}

/**
 * Hide the still picture that the notebook keeps; the returned function shows it again. By a rule: there are as many
 * pictures as outputs show this widget, and each is exchanged when its table has been trained.
 */
function hideStill({ ownerDocument }: HTMLElement, name: string): () => void {
  const rule = ownerDocument.createElement("style");
  rule.textContent = `[data-tovec-still="${name}"] { display: none }`;
  ownerDocument.head.append(rule);
  return () => rule.remove();
}

async function loadFont({ fetch }: Messages): Promise<void> {
  const answer = await fetch(new URL("PretendardVariable.woff2", BASE), {});
  if (!answer.ok) return;
  const face = new FontFace(FONT, await answer.arrayBuffer(), { weight: "45 920" });
  document.fonts.add(await face.load());
  // A face that is made of bytes arrives without it.
  document.fonts.dispatchEvent(new Event("loadingdone"));
}

async function inTime(font: Promise<void>): Promise<void> {
  await Promise.race([font, new Promise((go) => setTimeout(go, FONT_MS))]);
}
