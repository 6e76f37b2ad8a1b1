/** Which moment of a timeline a question about a token is about. */
import type { App } from "../app";
import { presence } from "../state/comparison";
import { aboutMoment } from "../state/timeline";

/** The one that is shown; of two tables that are compared, the only one that has the token. */
export function momentOf({ source, session }: App, id: number): { readonly moment?: number } {
  const { shownMoment, comparison: compared } = session.get();
  if (compared === null) return aboutMoment(source.manifest, shownMoment);
  const { first, second } = presence(compared, id);
  return aboutMoment(source.manifest, first && second ? shownMoment : first ? 0 : 1);
}
