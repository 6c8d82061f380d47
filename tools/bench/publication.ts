const HEAD = `# Performance

Printed by \`npm run bench -- --publish\`, never written by hand. Each section says what it was measured on.
`;

/** The document with the section of this name replaced, or added at its end; the other sections stay as they are. */
export function withSection(document: string, name: string, text: string): string {
  const [head = '', ...sections] = (document === '' ? HEAD : document).split(/^(?=## )/m);
  const title = `## ${name}\n`;
  const section = `${title}\n${text.trim()}\n`;
  const at = sections.findIndex((each) => each.startsWith(title));
  const all = at === -1 ? [...sections, section] : sections.with(at, section);
  return [head, ...all].map((part) => part.trimEnd()).join('\n\n') + '\n';
}
