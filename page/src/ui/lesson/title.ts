/** What lessons are called. */
import type { App } from "../../app";
import type { LessonName } from "../../state/lessons";
import { isFromStart } from "../../state/meaning-lesson";
import type { Key } from "../i18n";

/** Without a moment from before training, nothing says that anything was random. */
export function lessonTitle(app: App, name: LessonName): Key {
  if (name === "first") return "lesson.short";
  if (name === "model") return "model.title";
  return isFromStart(app.source.manifest) ? "meaning.title" : "meaning.titleOfMoments";
}
