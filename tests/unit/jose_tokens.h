#ifndef JOSE_TOKENS_H
#define JOSE_TOKENS_H

/*
 * Fixtures from node:crypto: a token of each algorithm, and its key without the
 * last "}".
 */

/* clang-format off */
#define RSA_KEY \
	"{\"kty\":\"RSA\",\"n\":\"4kopiJYxYq8kZosThttKW2pC-rgbeCIcfIhjxMSc" \
	"0RfFJdiKHZT6DGAKxiaJ7o4iys4MwKdzGA2hEx-4rjcymPdvC_ihUXNdTr" \
	"I8ejM1g9OZAt3y47dyK7jdfwMyaWfj41PpDRJ0KjbUnSbKNcn0_Rv31n8t" \
	"Zo7BAV1PWTfxY7k05ZGf7KquVqSstWkVF9LI-ug1X9ncA7xidm2zHtNPtZ" \
	"jjLt8wNaGdq-RuKq8ORRu8DkI3prsFi2vMcELlEabFw_mNhqQ-CYshwo0F" \
	"cwJC_jio2uAMYYXpX5GtbsnL5ruME27C_YUWV7tk_Q0Gq8_wGzLKC3TrYs" \
	"Js7lf3aYgNTQ\",\"e\":\"AQAB\""

/* Of 1024 bits. */
#define WEAK_RSA_KEY \
	"{\"kty\":\"RSA\",\"n\":\"4dOYLyRn95sfjyy2BqyjyW_r7ppfxsEG8Yn6dS4ywJ" \
	"fZC7S4RtwEjDy8PeangAF0AaFCERRfdALfszsmDO4ifPI9ji3Y9uuNETFfkY" \
	"jNlnHxxk-vEuXVo_Mi6rELS-joPRH81MvckhvVfVKUPYEox25le2XY-cTOBN" \
	"3OQFTKjIc\",\"e\":\"AQAB\"}"

static const struct {
	const char *alg, *key, *token;
} jose_tokens[] = {
	{ "RS256", RSA_KEY,
	    "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJodHRwczovL2lzc3Vlci50ZXN0Iiw"
	    "iYXVkIjoiYXBpIiwic3ViIjoidTEiLCJleHAiOjIwMDAsImlhdCI6MTAwMH0"
	    ".D5Gfxb2njsMwgVkQLBh2lZnk976Kxsdbn7_WEtbLKaPvuRREX9mRUOFlCpO"
	    "0haeobVRm8lEaQk3EZ28CSZef5r4SQvfxMUv4sb_tIcpgRJZfCfyJvNQ4rig"
	    "O2IR3z-8VYMMBOa23dboJSxuG3yO4YgN2FJCm1JSOypdS2qiI_vC9CbRL9OV"
	    "2sksprNhX50sRNIgE1ql9MxGjCtjTNy5SBJuM5YKnWbCPTWmq-tf3sHc9gvH"
	    "X8OSJKj2FBT7v1WsBr-rlP3sSBJwPWwsulnjykpcTMqu0I-OoA5USrpvuZ7-"
	    "ct0J53K677An8Hyj_2xcqyL9sC5bSkt-7fPFamPwT1Q" },
	{ "RS384", RSA_KEY,
	    "eyJhbGciOiJSUzM4NCJ9.eyJpc3MiOiJodHRwczovL2lzc3Vlci50ZXN0Iiw"
	    "iYXVkIjoiYXBpIiwic3ViIjoidTEiLCJleHAiOjIwMDAsImlhdCI6MTAwMH0"
	    ".mISR3ljqO8ebokhbEsA5bxLd8pxEcSVas6va_clZoOZEYkKbhx7GvImlurZ"
	    "OrD1OEbXQNKHGTHuuObSdaOOIRWfzA2TWCwye76dev-5IcUh4jZom9aENOdW"
	    "B4faBhFJn9Ra49T18rfMImXFED761NyN99tHi93495CAIBmSiqB8EOxmMpsL"
	    "ll6iUYThiGkYybiV5gTHdkjaNQq3ALMyyxpsz--cP2cRrX7E-Hr6XiyrU60-"
	    "IHhS9Bht48UjyuLXIzH1wOxyn3dw1lysEcbKTmhvtipPA8b3a9hAjDIOGPdU"
	    "9NilgzrAHh4xsgmKdbOnXrEgK4o2IOPHi2qswCRBAhA" },
	{ "RS512", RSA_KEY,
	    "eyJhbGciOiJSUzUxMiJ9.eyJpc3MiOiJodHRwczovL2lzc3Vlci50ZXN0Iiw"
	    "iYXVkIjoiYXBpIiwic3ViIjoidTEiLCJleHAiOjIwMDAsImlhdCI6MTAwMH0"
	    ".RzxtNmKLRsuxNEljdE4R8hR7tEEjJgoweYv8Xat51vhJBgEzC8gN__s8EHK"
	    "8oa08uxitIw-clKaSIc04DcJDckFK6OqKOsPtBzDcdfZ_-wuzwSJFSsRLCA1"
	    "JOP54zpUMZ8k0N0KguGrrS1xa7RGFeKv_SFyV4ttsiaiDuSP8LuUgQQNMq-t"
	    "OUTy1HG7IlyZ_c6H51kOXxPZa811lNy83iIQNpFHepVAraYhhsAR267siPMO"
	    "8rIzNBT0yIBg4TOxkpB_7EOKQWy4TNfwFXsqD17fot2LzjX1jZ12mUWRJDwS"
	    "1bI0EMlTBVUbWrOZ6EffYbJ_SmvJ_oGvFgYqp98FFgw" },
	{ "PS256", RSA_KEY,
	    "eyJhbGciOiJQUzI1NiJ9.eyJpc3MiOiJodHRwczovL2lzc3Vlci50ZXN0Iiw"
	    "iYXVkIjoiYXBpIiwic3ViIjoidTEiLCJleHAiOjIwMDAsImlhdCI6MTAwMH0"
	    ".z0mpccI5H9ZhAAQ5A7QVFNcNEFaOm-jrNjN_G83Zo1Dn-TYMm0Cuz31-IEz"
	    "QOFi11qj6e-tGnnHbDyenaM-kng6m8CIvtU5pqm2wF0SKYTz438DW6XAcJ52"
	    "LB2Gz_PVxI1O0rOQiUqvOqru0gF8RZlMx6KXn9ThAL10gZR9-o-fNl6iIujk"
	    "oudQjtkXw-wjh4Bjwl1DVybRBPGq8xgC43TsKFxjiOkdgX__cgPpvIrAdh6A"
	    "fQrCHQaE9xh4slr_0-FwEh3YCXXjYYhCXbSPERGGsOU5LZQSwyx-uqtx3-Bi"
	    "z1ea1vB1ELe4JjS46jMEP1BxNEJN8_Z0lP-XiF6zp6A" },
	{ "PS384", RSA_KEY,
	    "eyJhbGciOiJQUzM4NCJ9.eyJpc3MiOiJodHRwczovL2lzc3Vlci50ZXN0Iiw"
	    "iYXVkIjoiYXBpIiwic3ViIjoidTEiLCJleHAiOjIwMDAsImlhdCI6MTAwMH0"
	    ".o9c7KCuQtB81qrZYKMorCx-uKnSWRn2eXlZVfdM_5zdr6z2wDzHcsHPd-zk"
	    "5AsaDm3b2vTuttRnpi20iX1vNdYIYbzh-SgkqIu3j5nfoFoowoiL12GVx2JS"
	    "WmpB8ie0_iEqKuMc-_PX3GMtcD4TQicp-YBnm5OC0UpIfqt-_-EG1WH1M-LF"
	    "H3Mt-8hOxLDmNTXeHnf2SZmCyr9CHRj1N1Zdw8EMsO9YKM1gfIDH5sYyp4Lc"
	    "qq9rD8gg3WMghNPsQsdKRnyn9Frq5n0GnGHK0jQEwKQ5cBMicXnMrqiYGY8R"
	    "BRBZyQWN66717eTo7FrBT0FbmuIbmNFZqa5mh4rs_4Q" },
	{ "PS512", RSA_KEY,
	    "eyJhbGciOiJQUzUxMiJ9.eyJpc3MiOiJodHRwczovL2lzc3Vlci50ZXN0Iiw"
	    "iYXVkIjoiYXBpIiwic3ViIjoidTEiLCJleHAiOjIwMDAsImlhdCI6MTAwMH0"
	    ".vPbXwIpHPS0c3bID1x7eJtxwhYldjMra4Zsb2rn76oG3uWCKfjUcXf7BV39"
	    "xN3yLpmyW6DuOHPpByZHTw3FF1bH-rZchfL7TYtAx5BF34Q37iDqUplPUm90"
	    "1iArvXXdA5DGcEAUqou7Xx3EJqDjbbYH4dfAapMeizx9J3E73850glKzQyTi"
	    "F1wpQUpD7wScPtSwMSSNQ2uRSyuYe_sTVG7pT88bUiIKebgW0AuggWp6sVtv"
	    "5hEpJ21dzMzceUb-1rddVZI0-4MlwSEE3COTsSKSa6UE22cHyVDcA5tj2pBy"
	    "N87p8StfLHYM5l74AlBSxDQ0JkBtK5QBsRb9D2kPneQ" },
	{ "ES256",
	    "{\"kty\":\"EC\",\"x\":\"yzsYRQXKJckIV893eqNPIZA4tJ8UBACqZjcDyWnT1"
	    "rY\",\"y\":\"gJCReZcFIhTIhwWYSujhT8u3i15hQBOdNW4P89DRPXI\",\"crv"
	    "\":\"P-256\"",
	    "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJodHRwczovL2lzc3Vlci50ZXN0Iiw"
	    "iYXVkIjoiYXBpIiwic3ViIjoidTEiLCJleHAiOjIwMDAsImlhdCI6MTAwMH0"
	    ".NQ6yodeYxvwi5LeDlxFYA_14yYPlj85pFNSzVeqRgScVrrY1JsLyVSmUBtL"
	    "cMS4KG8VFZKVmun8U6rWPzTaGkw" },
	{ "ES384",
	    "{\"kty\":\"EC\",\"x\":\"s3QcIfsZ7d4w5jIuoMgkyehVAkr3Ue9J3Fk2auvDY"
	    "RIDyP8KJ-NyxNMq-2LBskbh\",\"y\":\"TZLLcvnkd5czIHU8kBwmaPjHRF7q"
	    "H8JWGE99bKeD8orgh3DglVs2HUGOnqa5qbLF\",\"crv\":\"P-384\"",
	    "eyJhbGciOiJFUzM4NCJ9.eyJpc3MiOiJodHRwczovL2lzc3Vlci50ZXN0Iiw"
	    "iYXVkIjoiYXBpIiwic3ViIjoidTEiLCJleHAiOjIwMDAsImlhdCI6MTAwMH0"
	    ".0AfvoYXNSPOw7oKYWdWO7XhGMC8P59R_Zhe5sUW-1Xok6tB0AgHVwQyjr8J"
	    "RzXkrQZirnv7SVCPuCkwvdEoKKZQdE-dbjxYnb1oe5AuSpNJNUBMDPz_gJXB"
	    "-Pgj-45T7" },
	{ "ES512",
	    "{\"kty\":\"EC\",\"x\":\"ACtDI-6kyO4FCI4QPm4_JYEITG7O7nRTA4U3yBZrx"
	    "tFJI_NonNlUHO_mVcoFepPJGqugERGtB2NVFTLr9ysSmmFh\",\"y\":\"AWHf"
	    "Yll7KZqWH6XCB2rUGE-2MntNN8Em0R9PLGO3uyb10qt7jKgp-VO2ulrXiF"
	    "bh-ufhnWFVWcT3RzkBQuIRsA3Z\",\"crv\":\"P-521\"",
	    "eyJhbGciOiJFUzUxMiJ9.eyJpc3MiOiJodHRwczovL2lzc3Vlci50ZXN0Iiw"
	    "iYXVkIjoiYXBpIiwic3ViIjoidTEiLCJleHAiOjIwMDAsImlhdCI6MTAwMH0"
	    ".AeZSsrAK-S5PCQeNjG-4eWY55KOqGIan1Yz6MkBjxRUlt1NlgdiobM5njtu"
	    "dGMpwONV0bMfmPlHtE0blIubT7yDiAczxQNb0kKGqKklw1UL7-ipv0fWJV8g"
	    "aougsixODTnK8qvyadfPdDee-JTbEDzDw9Lpx11PGtcnl3j-7_8khAZ5W" },
	{ "HS256",
	    "{\"kty\":\"oct\",\"k\":\"Zml4dHVyZS1zZWNyZXQtMDEyMzQ1Njc4OS1hYmNk"
	    "ZWZnaGlqLUtMTU5PUC1maXh0dXJlLXNlY3JldC0wMTIzNDU2Nzg5\"",
	    "eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJodHRwczovL2lzc3Vlci50ZXN0Iiw"
	    "iYXVkIjoiYXBpIiwic3ViIjoidTEiLCJleHAiOjIwMDAsImlhdCI6MTAwMH0"
	    ".CjEUArEZucDUsMD94NZS2P2SQOhe4Cowfxknzgl5sGE" },
	{ "HS384",
	    "{\"kty\":\"oct\",\"k\":\"Zml4dHVyZS1zZWNyZXQtMDEyMzQ1Njc4OS1hYmNk"
	    "ZWZnaGlqLUtMTU5PUC1maXh0dXJlLXNlY3JldC0wMTIzNDU2Nzg5\"",
	    "eyJhbGciOiJIUzM4NCJ9.eyJpc3MiOiJodHRwczovL2lzc3Vlci50ZXN0Iiw"
	    "iYXVkIjoiYXBpIiwic3ViIjoidTEiLCJleHAiOjIwMDAsImlhdCI6MTAwMH0"
	    ".OoVh5YkYDU8R5aAKn-uchDKgvZ0m2V5T6LUCCmsXa8jIJrzKTtnPSdLYv-a"
	    "OhO1w" },
	{ "HS512",
	    "{\"kty\":\"oct\",\"k\":\"Zml4dHVyZS1zZWNyZXQtMDEyMzQ1Njc4OS1hYmNk"
	    "ZWZnaGlqLUtMTU5PUC1maXh0dXJlLXNlY3JldC0wMTIzNDU2Nzg5\"",
	    "eyJhbGciOiJIUzUxMiJ9.eyJpc3MiOiJodHRwczovL2lzc3Vlci50ZXN0Iiw"
	    "iYXVkIjoiYXBpIiwic3ViIjoidTEiLCJleHAiOjIwMDAsImlhdCI6MTAwMH0"
	    ".GyYpq9zdmhDtdS7LKsy9NlahArUYCy4DI9zfYe0EiT1IElC8_35VV9WUET-"
	    "8IQlRvQ_AnMZjDqKDPhhOou66nw" },
};
/* clang-format on */

#endif
