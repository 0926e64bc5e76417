/** One violation of one rule, and the words by which the check that owns the rule must name it. */
export interface Plant {
  readonly rule: string;
  /** The name of the check step that must catch it. */
  readonly step: string;
  /** Files to write, by path; null takes the file or folder away. */
  readonly files: Readonly<Record<string, string | null>>;
  /** Some line of the step's report holds all of these. */
  readonly sees: readonly string[];
}
