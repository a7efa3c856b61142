#pragma once
// Messages made by other implementations, to check ours against: npm libsignal 6.0.0 (pairwise) and the
// sender keys of npm baileys 7.0.0-rc14 (group), run with Node 20. Private keys are SHA-256 of their label,
// clamped; the library's key generation was made to return the named pair wherever the comment says so.
// Registration ids: Alice 1111, Bob 2222, Carol 3333. Bob's bundle: signed prekey id 1, one-time prekey id 7.
#include <string_view>

namespace wagate::signal::test::js {

// Private keys, from the labels "alice identity", "bob identity", "bob signed prekey", "bob prekey",
// "alice ephemeral" (her base key and first ratchet key) and "bob ratchet" (his first own ratchet key).
inline constexpr std::string_view alice_identity =
    "8035bdbfc8764bc8378c88f2b9aea9e662c73c46a1e1c71b64d5dadc0523db5a";
inline constexpr std::string_view bob_identity =
    "0876df1c894cf6363e224fe412cac4eba35c14c9a172a2260c6ded5e037ae641";
inline constexpr std::string_view bob_signed_prekey =
    "78e859745758cf7a4408c712637f358cb697fa5da935a9973f19c622888dc862";
inline constexpr std::string_view bob_prekey =
    "90a0a5576275abd296cc7d168f6f00231c6a43f97cc8a497919d57c850ab956f";
inline constexpr std::string_view alice_ephemeral =
    "408d1fe9ad5f317591378aeacb6b4e053e4c0a97641bdc058d91d677d19f6a7b";
inline constexpr std::string_view bob_ratchet =
    "88ddb30f96c56be62cc277daa0bfb2802f4c2f872e6fa39c58b1a0d01dcd2d6c";
inline constexpr std::string_view signed_prekey_signature =
    "f33d9c02430da2365882c61bdbfec9a8cbe6172448c82850f48d96b3718c68ef60e4270d05bf1a33eedc3b8cc53212f13db7"
    "56d816a04f9d2b4681493ccff084";

// Alice to Bob, before he answers: "first from JavaScript", "second from JavaScript".
inline constexpr std::string_view prekey_message_1 =
    "3308071221059b6d9e84cdd58b6de4adf54cc8c28e387917a5a6736c2ff87b3d009f21b5f1111a2105d26e55a89604c35812"
    "a4578b547faed8e6a96f7d8791c9870bad727c9aadb9712252330a21059b6d9e84cdd58b6de4adf54cc8c28e387917a5a673"
    "6c2ff87b3d009f21b5f111100018002220ad4f94237ea6719b6b78c0d3f9641a66fbbc916bad98a9c85f25b63e19f1b3503c"
    "3f9fce0d6142d028d7083001";
inline constexpr std::string_view prekey_message_2 =
    "3308071221059b6d9e84cdd58b6de4adf54cc8c28e387917a5a6736c2ff87b3d009f21b5f1111a2105d26e55a89604c35812"
    "a4578b547faed8e6a96f7d8791c9870bad727c9aadb9712252330a21059b6d9e84cdd58b6de4adf54cc8c28e387917a5a673"
    "6c2ff87b3d009f21b5f111100118002220f25af556cd904f4e5b4bc1fa946fc253c298e6b739841eb68b963dc8dc8abc97b8"
    "99749af6d4cf5128d7083001";

// Bob's answer after both, with his new ratchet key: "reply".
inline constexpr std::string_view reply =
    "330a2105355cba1e5872679ef89092ba9626e6f02ac27a9864dd594cfbf49fc378d9e14d100018002210457b1e2fe6a45a23"
    "95a9246230c1ede40c17fa1a0482dc6e";

// Alice after the answer: "third from JavaScript", "fourth from JavaScript".
inline constexpr std::string_view message_3 =
    "330a2105532b9505a451673e78df12006de7c107976d7a754caf39de1d8059fece8b824f1000180122203353f60bd9045024"
    "53d28825c580d3906f8bd63c3ec847e6bf9d58407316e3e75ac1d7c76b424e1a";
inline constexpr std::string_view message_4 =
    "330a2105532b9505a451673e78df12006de7c107976d7a754caf39de1d8059fece8b824f10011801222029d95b4bfc26c796"
    "30f6dcdf3fc2250b1c50c68e84a5b85072bf1bb67ad3d8225463313341172796";

// Carol to Bob with a bundle that had no one-time prekey: "no one-time prekey".
inline constexpr std::string_view without_one_time =
    "331221054e92396cdf0583300b4eab087df7952904f4e5a38a00111b10265bcdcc1dc14c1a210583596638def9eb4a966584"
    "43e5a6808bbff91b51e4818079ef40a0f7863597222252330a2105ac0647fa94e497a22eb7bcbd89a011efff7818c08e7036"
    "88012abb46005e4e6c100018002220f1926ae9cb8a3fd27f015f3093bbc5b605440298112bbb9a044fdaa671980e35007cc7"
    "ef4fc2edf428851a3001";

// Alice in a group: her distribution, then "group one", "group two", "group three" (its iterations are 0, 2,
// 4).
inline constexpr std::string_view distribution =
    "3308c2f8daba0610001a209f590c91f48fc2e195f380231d4a7ef6a09f06ba3598ebe3fc902e8deb89afa9222105701fc196"
    "e63f301f0f1db2b780535590e0c8a2cb0c0cce3c2098558fdb860c5e";
inline constexpr std::string_view group_1 =
    "3308c2f8daba0610001a108d2b0871c2e542d34211cc9f833b19c8c4912a1442af7187b68f0c962620b785563fb6eb420de1"
    "d6794054a57f8a2adc929ff4b614f13b6ca17b9b777b6daa3050214b7a249be2c3d1489bd68cbc5008";
inline constexpr std::string_view group_2 =
    "3308c2f8daba0610021a1087e1dd52c58e1dcb76cab7f2003f9aa1cb7805e4b24c499242834159b6ce36f0788a1fc2cea9d4"
    "edf9309ec31531427a06ec0161b8ea56fc6491030f3899798988022342910ecde1971dc3e1dc1f4a06";
inline constexpr std::string_view group_3 =
    "3308c2f8daba0610041a102400a69b7af6e6efe6b5034aa1a4076ac98e60a4e03d969611cd5409668fd0130ec2b3b24a38d8"
    "7c96fb865bb45344aedb977625437fc37b12f4e45deebc3f17989b48983b6da9adaf1f13b98b3aa401";

} // namespace wagate::signal::test::js
