/** An identity provider in the server's configuration. */
export interface Provider {
	id: string;
	name: string;
	/** Whether people without an account can sign up with the provider. */
	sign_up: boolean;
}
