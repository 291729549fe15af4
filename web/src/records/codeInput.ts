/** The properties of an input for a name that programs use, such as house_rules. */
export const codeInput = { parse: (text: string) => text.toLowerCase().replace(/[^a-z0-9_]+/g, '_') };
