/** The page as a browser opens it: from `tovec view`, or from an exported file. */
import { browserAddress } from "./control/address";
import { embeddedParts, openEmbedded } from "./data/embedded";
import { openServer } from "./data/server";
import { openSite, siteFolder } from "./data/site";
import { mount, preferred } from "./mount";
import { errorText } from "./ui/errors";
import { subscribe } from "./ui/subscribe";
import { titleText } from "./ui/title";
import "./page.css";

const element = document.getElementById("page")!;
try {
  const parts = embeddedParts(document);
  const folder = siteFolder(document);
  const source = parts
    ? await openEmbedded(parts)
    : folder !== null
      ? await openSite(new URL(folder, document.baseURI))
      : await openServer(new URL("./", document.baseURI));
  const page = await mount(element, source, { address: browserAddress(window), languages: navigator.languages });
  subscribe(page.app, ["lang"], () => {
    document.documentElement.lang = page.app.store.get().lang;
    document.title = `${titleText(page.app)} · tovec`;
  });
  Object.assign(element, { page }); // for whoever drives the page from outside: tests, benchmarks, the console
} catch (error) {
  const lang = preferred(navigator.languages);
  document.documentElement.lang = lang;
  element.textContent = errorText(lang, (error as Error).message);
  element.className = "failed";
}
