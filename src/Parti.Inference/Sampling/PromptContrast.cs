namespace Parti.Inference.Sampling;

/// <summary>
/// How much likelier a prompt makes an image token: log p(token | prompt) − log p(token | no prompt), in nats. Summed over an image it is the
/// evidence that the image gives for its prompt, by which candidates are put in order: what the prompt does not speak of, such as an empty
/// background, is as likely without it and counts nothing. A pure function of the logits, in double precision and one order of sums.
/// </summary>
public static class PromptContrast
{
    // PortableMath.Exp gives 0 below this: a token that a sampler can never draw.
    const double LeastLogarithm = -700;

    /// <summary>The contrast of one token at temperature 1, whatever it was drawn with.</summary>
    /// <param name="conditional">Logits of the prompt's row <c>[V]</c>.</param>
    /// <param name="unconditional">Logits of the empty or negative prompt's row <c>[V]</c>.</param>
    /// <param name="token">The token, 0 to V − 1.</param>
    /// <returns>Nats, −700 to 700.</returns>
    /// <exception cref="EngineRequestException"><c>invalid_logits</c>: a logit is not a number or is positive infinity, or all are negative infinity.</exception>
    public static double Of(ReadOnlySpan<float> conditional, ReadOnlySpan<float> unconditional, int token) =>
        LogProbability(conditional, token) - LogProbability(unconditional, token);

    static double LogProbability(ReadOnlySpan<float> logits, int token)
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
