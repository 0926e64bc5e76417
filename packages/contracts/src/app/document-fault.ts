/** What is wrong at a place of a document and what to write instead. */
export interface DocumentFault {
  readonly path: readonly (string | number)[];
  readonly message: string;
}
