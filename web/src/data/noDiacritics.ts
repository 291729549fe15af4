// Replaces react-admin's table of accented letters (3 kB): Unicode normalization separates the accents.
export default { clean: (text: string) => text.normalize('NFD').replace(/\p{M}/gu, '') };
