namespace Parti.Inference.Sampling;

/// <summary>Four 32-bit words: a Philox counter or the random numbers made from it.</summary>
/// <param name="X0">Word 0.</param>
/// <param name="X1">Word 1.</param>
/// <param name="X2">Word 2.</param>
/// <param name="X3">Word 3.</param>
public readonly record struct PhiloxBlock(uint X0, uint X1, uint X2, uint X3)
{
    /// <summary>One of the four words.</summary>
    /// <param name="lane">0 to 3.</param>
    public uint this[int lane] => lane switch { 0 => X0, 1 => X1, 2 => X2, _ => X3 };
}

/// <summary>
/// Philox 4x32-10, the counter-based generator of Salmon et al., "Parallel random numbers: as easy as 1, 2, 3" (SC 2011).
/// It has no state: the same key and counter give the same four words on every machine, in any order, at any time.
/// </summary>
public static class Philox4x32
{
    const int Rounds = 10;
    const uint Multiplier0 = 0xD2511F53, Multiplier1 = 0xCD9E8D57;
    const uint Weyl0 = 0x9E3779B9, Weyl1 = 0xBB67AE85;

    /// <summary>Random words of one counter.</summary>
    /// <param name="key">The stream; its low half is key word 0, its high half key word 1.</param>
    /// <param name="counter">The place in the stream.</param>
    public static PhiloxBlock Generate(ulong key, PhiloxBlock counter)
    {
        uint key0 = (uint)key, key1 = (uint)(key >> 32);
        (uint x0, uint x1, uint x2, uint x3) = counter;
        for (int round = 0; round < Rounds; round++)
        {
            ulong product0 = (ulong)Multiplier0 * x0, product1 = (ulong)Multiplier1 * x2;
            x0 = (uint)(product1 >> 32) ^ x1 ^ key0;
            x1 = (uint)product1;
            x2 = (uint)(product0 >> 32) ^ x3 ^ key1;
            x3 = (uint)product0;
            key0 += Weyl0;
            key1 += Weyl1;
        }
        return new PhiloxBlock(x0, x1, x2, x3);
    }
}
