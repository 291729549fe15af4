/** The input of a code, such as w9. */
export const codeInput = { parse: (text: string) => text.toLowerCase().replace(/[^a-z0-9_]+/g, '_') };
