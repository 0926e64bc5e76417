import { dirname } from 'node:path';
import { findPrivateWord } from './private-words.ts';
import {
  type Finding,
  lineAt,
  parseSource,
  projectFiles,
  readProjectFile,
  type SyntaxNode,
  walk,
} from './source-file.ts';
import { type WordRule, wordRules } from './word-rules.ts';

const isSource = (path: string): boolean => path.endsWith('.ts') && !path.endsWith('.d.ts');
const isText = (path: string): boolean => !/\.(png|jpg|ico|gz|p8|woff2?)$/.test(path);

function findingsIn(path: string, text: string): Finding[] {
  const file = parseSource(path, text);
  const findings: Finding[] = [];
  const report = (rule: WordRule, offset: number): void => {
    findings.push({
      rule: rule.name,
      path,
      line: lineAt(text, offset),
      says: rule.says,
      severity: rule.severity,
    });
  };
  const rules = wordRules.filter((rule) => rule.looksAt(path));
  for (const rule of rules) if (rule.atFile?.(file)) report(rule, 0);
  walk(file.program, (node: SyntaxNode) => {
    for (const rule of rules) if (rule.atNode?.(node)) report(rule, node.start);
  });
  return findings;
}

/** Reads every file of the project once and holds it against the rules about words. */
export function checkWords(folder: string): Finding[] {
  const findings: Finding[] = [];
  for (const path of projectFiles(folder).filter(isText)) {
    const text = readProjectFile(folder, path);
    if (text === null) continue;
    if (isSource(path)) findings.push(...findingsIn(path, text));
    const offset = findPrivateWord(text);
    if (offset !== null) {
      const says = 'a word of a private place; nothing that is published may name it';
      findings.push({ rule: 'no-private-words', path, line: lineAt(text, offset), says, severity: 'error' });
    }
  }
  return findings;
}

export function describeFinding(finding: Finding): string {
  return `${finding.severity} ${finding.rule}: ${finding.path}:${finding.line}: ${finding.says}`;
}

if (import.meta.main) {
  const findings = checkWords(process.argv[2] ?? dirname(dirname(import.meta.dirname)));
  for (const finding of findings) console.log(describeFinding(finding));
  const errors = findings.filter((finding) => finding.severity === 'error').length;
  console.log(`${errors} errors, ${findings.length - errors} warnings`);
  process.exitCode = errors > 0 ? 1 : 0;
}
