/** What is asked of a picture that is saved. */

export interface PictureOptions {
  /** Nothing is painted behind the points. */
  readonly isTransparent?: boolean;
  readonly frame?: PictureFrame | null;
}

export interface PictureFrame {
  readonly title: string;
  /** What is drawn: the method, the size of the table. */
  readonly subtitle: string;
  /** Of a video: the line of its moment. */
  readonly moment?: string;
  readonly legend: PictureLegend | null;
}

/** The words and colors of a legend, ready to be written. Colors are CSS. */
export interface PictureLegend {
  readonly title: string;
  readonly entries: readonly { readonly label: string; readonly color: string; readonly note: string }[];
  /** Colors from the left end of a scale to its right end, and what is written below it, `at` 0 … 1. */
  readonly scale: {
    readonly colors: readonly string[];
    readonly marks: readonly { readonly text: string; readonly at: number }[];
  } | null;
}
