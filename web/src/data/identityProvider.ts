/** An identity provider that the server is configured with. */
export interface Provider {
	id: string;
	name: string;
	/** Whether people without an account can sign up with it. */
	sign_up: boolean;
}
