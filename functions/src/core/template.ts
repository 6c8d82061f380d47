/** A text cut into what is fixed and what a member's variables fill. */
export type Template = readonly (string | Placeholder)[];
export interface Placeholder {
  readonly name: string;
  readonly fallback: string | null;
}

/** A third brace on either side belongs to no placeholder: it would be left over beside the value. */
const PLACEHOLDER = /(?<!\{)\{\{\s*([A-Za-z_][A-Za-z0-9_]{0,39})\s*(?:\|([^{}]*))?\}\}(?!\})/g;

/** Braces that are no placeholder: they would reach a phone as they are. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
}

/**
 * Cuts `{{name}}` and `{{name|default}}` out of a text.
 * @throws TemplateError where `{{` or `}}` is left over
 */
export function parseTemplate(text: string): Template {
  const parts: (string | Placeholder)[] = [];
  let end = 0;
  for (const match of text.matchAll(PLACEHOLDER)) {
    pushText(parts, text.slice(end, match.index));
    parts.push({ name: match[1] as string, fallback: match[2] === undefined ? null : match[2].trim() });
    end = match.index + match[0].length;
  }
  pushText(parts, text.slice(end));
  return parts;
}

function pushText(parts: (string | Placeholder)[], text: string): void {
  if (text === '') return;
  if (text.includes('{{') || text.includes('}}')) {
    throw new TemplateError('holds {{ or }} that is no placeholder; write {{name}} or {{name|default}}');
  }
  parts.push(text);
}

/** The filled text, or null where a variable has neither a value nor a default. An empty value counts as none. */
export function fillTemplate(template: Template, vars: Readonly<Record<string, string>>): string | null {
  let text = '';
  for (const part of template) {
    if (typeof part === 'string') {
      text += part;
      continue;
    }
    const own = Object.hasOwn(vars, part.name) ? vars[part.name] : undefined;
    const value = own === undefined || own === '' ? part.fallback : own;
    if (value === null) return null;
    text += value;
  }
  return text;
}
