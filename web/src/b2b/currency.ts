/** The minor units in one unit of a currency. */
export const unit = (currency: string) =>
	10 ** new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits!;

/** A price, which the API has in minor units. */
export const priceText = (region: string, currency: string, price: number) =>
	new Intl.NumberFormat(region, { style: 'currency', currency }).format(price / unit(currency));
