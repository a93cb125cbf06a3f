namespace Parti.Inference.Sampling;

/// <summary>
/// How likely an image token is: log p(token | prompt), in nats. Summed over an image it is the likelihood of the whole picture, by which
/// candidates are put in order (docs/decisions/0014). A pure function of the logits, in double precision and one order of sums.
/// </summary>
public static class TokenLikelihood
{
    // PortableMath.Exp gives 0 below this: a token that a sampler can never draw.
    const double LeastLogarithm = -700;

    /// <summary>The logarithm of one token's probability at temperature 1 and without guidance, whatever it was drawn with.</summary>
    /// <param name="logits">Logits of the prompt's row <c>[V]</c>.</param>
    /// <param name="token">The token, 0 to V − 1.</param>
    /// <returns>Nats, −700 to 0.</returns>
    /// <exception cref="EngineRequestException"><c>invalid_logits</c>: a logit is not a number or is positive infinity, or all are negative infinity.</exception>
    public static double Of(ReadOnlySpan<float> logits, int token)
    {
        double largest = double.NegativeInfinity;
        foreach (float logit in logits)
        {
            // A comparison with what is not a number is false, so this finds it too.
            if (!(logit < float.PositiveInfinity))
            {
                throw Invalid(logit);
            }
            largest = Math.Max(largest, logit);
        }
        if (double.IsNegativeInfinity(largest))
        {
            throw Invalid(float.NegativeInfinity);
        }
        double sum = 0;
        foreach (float logit in logits)
        {
            sum += PortableMath.Exp(logit - largest);
        }
        return Math.Max(logits[token] - largest - PortableMath.Log(sum), LeastLogarithm);
    }

    static EngineRequestException Invalid(float logit) => new(
        "invalid_logits",
        $"The model gave logit {logit} for a finished image: its weights or this request's text states are damaged. Verify the model's files, then try again.");
}
