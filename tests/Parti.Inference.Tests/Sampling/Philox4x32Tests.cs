using Parti.Inference.Sampling;

namespace Parti.Inference.Tests.Sampling;

public sealed class Philox4x32Tests
{
    // Known answers published with the Random123 library (kat_vectors, philox4x32 with 10 rounds).
    [Theory]
    [InlineData(0x00000000u, 0x00000000u, 0x00000000u, 0x00000000u, 0x00000000u, 0x00000000u, 0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u)]
    [InlineData(0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu)]
    [InlineData(0x243f6a88u, 0x85a308d3u, 0x13198a2eu, 0x03707344u, 0xa4093822u, 0x299f31d0u, 0xd16cfe09u, 0x94fdcceBu, 0x5001e420u, 0x24126ea1u)]
    public void Generate_PublishedVector_GivesPublishedWords(
        uint c0, uint c1, uint c2, uint c3, uint k0, uint k1, uint x0, uint x1, uint x2, uint x3)
    {
        PhiloxBlock words = Philox4x32.Generate(k0 | ((ulong)k1 << 32), new PhiloxBlock(c0, c1, c2, c3));

        Assert.Equal(new PhiloxBlock(x0, x1, x2, x3), words);
    }

    [Fact]
    public void Words_EveryPartOfTheDrawChanged_ChangesThem()
    {
        TokenDraw draw = new(1, 2, 3);
        HashSet<PhiloxBlock> seen =
        [
            draw.Words(4), draw.Words(5), (draw with { Position = 4 }).Words(4), (draw with { ImageIndex = 3 }).Words(4),
            (draw with { Seed = 2 }).Words(4), (draw with { Seed = 1 | (1UL << 40) }).Words(4),
        ];

        Assert.Equal(6, seen.Count);
    }
}
