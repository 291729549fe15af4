// The type of the module that ../../refusals.ts generates.
declare module 'virtual:refusals' {
	/** The English and the French text of each refusal, by refusal code. {1} stands for the first argument. */
	const texts: Record<string, [english: string, french: string]>;
	export default texts;
}
