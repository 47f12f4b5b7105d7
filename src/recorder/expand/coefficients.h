// Polynomials of the vector math: lowest coefficient first. Made by coefficients.py; do not edit.
#pragma once

#include <array>

namespace lathe::expand {

template <class T>
struct Coefficients;

template <>
struct Coefficients<double> {
  // exp(r) = 1 + r + r^2 P(r) [0.037]
  static constexpr std::array<double, 10> kExp = {
      0x1.000000000000bp-1,  0x1.555555555550fp-3,  0x1.55555555502a2p-5,  0x1.1111111122b4fp-7,
      0x1.6c16c1852b5d2p-10, 0x1.a01a0144957a0p-13, 0x1.a01997c868b6ap-16, 0x1.71deec6d3677cp-19,
      0x1.28af408835980p-22, 0x1.add75ee2d29cap-26};
  // log((1+s)/(1-s)) = 2s + s z P(z), z = s^2 [0.012]
  static constexpr std::array<double, 7> kLog = {
      0x1.5555555555594p-1, 0x1.999999997f6eep-2, 0x1.24924942423edp-2, 0x1.c71c51ceeacd2p-3,
      0x1.746649e261b8dp-3, 0x1.39a0b1c03dbcbp-3, 0x1.2f0f4cbb2f684p-3};
  // log((1+s)/(1-s)) = 2s + 2/3 s z + s z^2 P(z), z = s^2 [8.1e-7]
  static constexpr std::array<double, 8> kLogTail = {
      0x1.9999999999995p-2, 0x1.2492492493151p-2, 0x1.c71c71c564101p-3, 0x1.745d183e0e09dp-3,
      0x1.3b135ff4cb9c2p-3, 0x1.1121147bebf8cp-3, 0x1.de25cfab065d9p-4, 0x1.eb7900133b211p-4};
  // sin(r) = r - r z P(z), z = r^2 [0.034]
  static constexpr std::array<double, 6> kSin = {0x1.5555555555548p-3,  -0x1.111111110f74fp-7,
                                                 0x1.a01a019beea53p-13, -0x1.71de355a95e44p-19,
                                                 0x1.ae5e4ff5d7264p-26, -0x1.5d8ca36ded477p-33};
  // cos(r) = 1 - z/2 + z^2 P(z), z = r^2 [0.00055]
  static constexpr std::array<double, 6> kCos = {0x1.555555555554ap-5,  -0x1.6c16c16c14e28p-10,
                                                 0x1.a01a019c62e68p-16, -0x1.27e4f7d3893e4p-22,
                                                 0x1.1ee9c8570e245p-29, -0x1.8f9cccef752a3p-37};
  // erf(x) = x + x P(z), z = x^2, |x| <= 1 [0.12]
  static constexpr std::array<double, 12> kErf = {
      0x1.06eba8214db68p-3,  -0x1.812746b0379b1p-2,  0x1.ce2f21a04082dp-4,  -0x1.b82ce311eb9e3p-6,
      0x1.565bccf797b20p-8,  -0x1.c02db00a06589p-11, 0x1.f9a2b664d1269p-14, -0x1.f4ca128e31890p-17,
      0x1.b97dc27f80c89p-20, -0x1.5bfb7c8c01223p-23, 0x1.d6d011564ef16p-27, -0x1.aadcc404a78b5p-31};
  // erf(x) = 1 - exp(P(u)), u = x - 1, 1 <= x [0.019]
  static constexpr std::array<double, 19> kErfc = {
      -0x1.d97fbf27aa2a1p+0,  -0x1.51c9b0006c23cp+1,  -0x1.afabc11a2928cp-1,  -0x1.5477f09c3d518p-5,
      0x1.48c9d3f39a13bp-7,   -0x1.033f6674d220ep-9,  0x1.f1b3b8d205fecp-13,  0x1.b8daa72b70d26p-16,
      -0x1.c79fe0d41e948p-16, 0x1.42564ce22f49fp-17,  -0x1.141abc53c6ec9p-19, 0x1.2e5e7202c1291p-23,
      0x1.a837d15653646p-24,  -0x1.c39d30683c4acp-25, 0x1.0322fa17eb7d7p-26,  -0x1.8f04404144ed1p-29,
      0x1.9b76085cbbcb7p-32,  -0x1.024566b88264dp-35, 0x1.2adaefa4a1140p-40};
};

template <>
struct Coefficients<float> {
  // exp(r) = 1 + r + r^2 P(r) [0.062]
  static constexpr std::array<float, 5> kExp = {0x1.fffff80000000p-2f, 0x1.55548e0000000p-3f,
                                                0x1.555b960000000p-5f, 0x1.123bd00000000p-7f,
                                                0x1.6853560000000p-10f};
  // log((1+s)/(1-s)) = 2s + s z P(z), z = s^2 [0.014]
  static constexpr std::array<float, 3> kLog = {0x1.55557a0000000p-1f, 0x1.995ed60000000p-2f,
                                                0x1.31e09e0000000p-2f};
  // sin(r) = r - r z P(z), z = r^2 [0.07]
  static constexpr std::array<float, 3> kSin = {0x1.5555440000000p-3f, -0x1.1106e20000000p-7f,
                                                0x1.992a900000000p-13f};
  // cos(r) = 1 - z/2 + z^2 P(z), z = r^2 [0.002]
  static constexpr std::array<float, 3> kCos = {0x1.55554a0000000p-5f, -0x1.6c0c260000000p-10f,
                                                0x1.99e70a0000000p-16f};
  // erf(x) = x + x P(z), z = x^2, |x| <= 1 [0.025]
  static constexpr std::array<float, 7> kErf = {
      0x1.06eba80000000p-3f, -0x1.81273e0000000p-2f,  0x1.ce2cf00000000p-4f, -0x1.b7f8560000000p-6f,
      0x1.53ff720000000p-8f, -0x1.a3c80e0000000p-11f, 0x1.48e97a0000000p-14f};
  // erf(x) = 1 - exp(P(u)), u = x - 1, 1 <= x [0.15]
  static constexpr std::array<float, 8> kErfc = {
      -0x1.d97fc00000000p+0f, -0x1.51c9a00000000p+1f,  -0x1.afae480000000p-1f, -0x1.53d20e0000000p-5f,
      0x1.43d1a20000000p-7f,  -0x1.e38f6e0000000p-10f, 0x1.b299000000000p-13f, -0x1.a4bb700000000p-18f};
};

}  // namespace lathe::expand
