// Better Auth's client for everything below /api/auth, which is loaded with the first call.
type Auth = (typeof import('./betterAuth'))['auth'];

export type Session = Auth['$Infer']['Session'];

interface Outcome<T> {
	data: T;
	error: object | null;
}

export interface Refusal {
	status: number;
	code?: string;
	message?: string;
}

/** Returns the error that a response describes, as an Error that can be thrown. */
export const refused = (error: object): Error => Object.assign(new Error(), error);

/** Calls Better Auth, and returns the result of its client. */
export const withAuth = <T>(call: (auth: Auth) => Promise<T>): Promise<T> =>
	import('./betterAuth').then(({ auth }) => call(auth));

/** Calls Better Auth. Returns the data of the response, or throws its error. */
export async function asked<T>(call: (auth: Auth) => Promise<Outcome<T>>): Promise<NonNullable<T>> {
	const { data, error } = await withAuth(call);
	if (error || data == null) throw refused(error ?? { status: 0 });
	return data;
}
