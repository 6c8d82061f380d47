const HEAD = `# Performance

Printed by \`npm run bench -- --publish\`, never written by hand. Each section says what it was measured on.
`;

const BEGIN = '<!-- performance: written by npm run bench -- --publish -->';
const END = '<!-- end of performance -->';

/** A document that one measurement fills. */
export function pageOf(name: string, text: string): string {
  const title = `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
  return `# ${title}\n\nPrinted by \`npm run bench -- --only ${name} --publish\`, never written by hand.\n\n${text.trim()}\n`;
}

/** The document with the section of this name replaced, or added at its end; the other sections stay as they are. */
export function withSection(document: string, name: string, text: string): string {
  const [head = '', ...sections] = (document === '' ? HEAD : document).split(/^(?=## )/m);
  const title = `## ${name}\n`;
  const section = `${title}\n${text.trim()}\n`;
  const at = sections.findIndex((each) => each.startsWith(title));
  const all = at === -1 ? [...sections, section] : sections.with(at, section);
  return [head, ...all].map((part) => part.trimEnd()).join('\n\n') + '\n';
}

/** The README with all headlines of the document in the place that is kept for them. */
export function withHeadlines(readme: string, document: string): string {
  const from = readme.indexOf(BEGIN);
  const to = readme.indexOf(END);
  if (from === -1 || to < from) throw new RangeError(`the README has no place between "${BEGIN}" and "${END}"`);
  const headlines = document.split('\n').filter((line) => line.startsWith('- '));
  const block = [BEGIN, headlines.join('\n'), ''].filter((part, at) => part !== '' || at === 2).join('\n\n');
  return `${readme.slice(0, from)}${block}${readme.slice(to)}`;
}
