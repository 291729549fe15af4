// The currencies and the time zones that the browser knows.
export const currencies = Intl.supportedValuesOf('currency');
export const zones = ['UTC', ...Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'UTC')];
