/** Whether passkeys work at this address: they require either a host name with https, or localhost. */
export const passkeysWork = 'PublicKeyCredential' in window && !/^[\d.]+$|^\[/.test(window.location.hostname);
