namespace Parti.Inference.Sampling;

/// <summary>
/// Names one drawn token. Together with the candidate's id it fixes the random number, so neighbours, slots, hand-overs and
/// the order of work cannot change a picture.
/// </summary>
/// <param name="Seed">The job's seed: the Philox key.</param>
/// <param name="ImageIndex">Image of the job, 0 or more.</param>
/// <param name="Position">Raster position of the token, 0 or more.</param>
public readonly record struct TokenDraw(ulong Seed, int ImageIndex, int Position)
{
    // Other uses of the same seed must take another domain.
    const uint ImageTokenDomain = 0;

    /// <summary>Random words of candidates <c>4 · block</c> to <c>4 · block + 3</c>.</summary>
    /// <param name="block">Candidate id divided by 4.</param>
    public PhiloxBlock Words(int block) =>
        Philox4x32.Generate(Seed, new PhiloxBlock((uint)block, (uint)Position, (uint)ImageIndex, ImageTokenDomain));

    /// <summary>Gumbel noise <c>−log(−log u)</c> of a random word, <c>u = (word + ½) / 2³²</c>; between −3.14 and 22.9.</summary>
    /// <param name="word">A uniform random word.</param>
    public static float Gumbel(uint word)
    {
        double u = (word + 0.5) * (1.0 / 4294967296.0);
        return (float)-PortableMath.Log(-PortableMath.Log(u));
    }
}
