/** Whether this address can have passkeys: they require a host name and https, or localhost. */
export const passkeysWork = 'PublicKeyCredential' in window && !/^[\d.]+$|^\[/.test(window.location.hostname);
