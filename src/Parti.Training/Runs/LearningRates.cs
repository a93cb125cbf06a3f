namespace Parti.Training.Runs;

/// <summary>How a learning rate falls.</summary>
public enum RateDecay
{
    /// <summary>Along half a cosine.</summary>
    Cosine,

    /// <summary>By the same factor every step (Parti §3).</summary>
    Exponential,

    /// <summary>Not at all.</summary>
    Constant,
}

/// <summary>A learning rate from one step on.</summary>
public sealed record RateFall
{
    /// <summary>First step it holds for, from 0.</summary>
    public long From { get; init; }

    /// <summary>Highest rate, above 0 (Parti §3: 4.5e-5; ViT-VQGAN §5.1: 1e-4).</summary>
    public required double Rate { get; init; }

    /// <summary>How it falls.</summary>
    public RateDecay Decay { get; init; } = RateDecay.Cosine;

    /// <summary>Steps after <see cref="From"/> before it falls, from 0 (Parti §3: 85,000).</summary>
    public long Hold { get; init; }

    /// <summary>Steps the fall takes, from 1; 0 for all that are left when it begins.</summary>
    public long Steps { get; init; }

    /// <summary>What is left of the rate at the end: 0 to 1 (Parti §3: 0.025).</summary>
    public double FinalRatio { get; init; } = 0.02;

    internal double At(long step, long allSteps)
    {
        long begin = From + Hold, length = Steps > 0 ? Steps : Math.Max(1, allSteps - begin);
        double progress = Math.Clamp((double)(step - begin) / length, 0, 1);
        return Rate * Decay switch
        {
            RateDecay.Cosine => FinalRatio + (1 - FinalRatio) * 0.5 * (1 + Math.Cos(Math.PI * progress)),
            RateDecay.Exponential => Math.Pow(FinalRatio, progress),
            _ => 1,
        };
    }
}

/// <summary>Learning rates over a training: a warm-up, then one fall after another. They depend on the step alone, never on the clock.</summary>
public sealed record LearningRates
{
    /// <summary>Steps from 0 to the full rate, from 0 (Parti §3: 5,000).</summary>
    public long WarmUp { get; init; } = 100;

    /// <summary>Falls by rising first steps; the first begins at 0.</summary>
    public required IReadOnlyList<RateFall> Falls { get; init; }

    /// <summary>One cosine over all steps.</summary>
    /// <param name="rate">Highest rate.</param>
    /// <param name="warmUp">Steps from 0 to it.</param>
    public static LearningRates Cosine(double rate, long warmUp = 100) => new() { WarmUp = warmUp, Falls = [new() { Rate = rate }] };

    /// <summary>The rate of a step.</summary>
    /// <param name="step">From 0.</param>
    /// <param name="steps">Steps in all.</param>
    public double At(long step, long steps) => Falls.Last(fall => step >= fall.From).At(step, steps) * Math.Min(1, (step + 1.0) / Math.Max(1, WarmUp));

    /// <summary>Refuses settings out of range.</summary>
    /// <exception cref="TrainingException">A setting is out of range.</exception>
    public void Validate()
    {
        Settings.Range("rates.warm_up", WarmUp, 0, 1e12);
        Settings.Require("rates.falls", Falls.Count > 0 && Falls[0].From == 0, Falls.Count == 0 ? "empty" : $"a first fall from step {Falls[0].From}", "at least one fall, the first from step 0");
        for (int i = 0; i < Falls.Count; i++)
        {
            (RateFall fall, string name) = (Falls[i], $"rates.falls[{i}]");
            Settings.Require($"{name}.from", i == 0 || fall.From > Falls[i - 1].From, fall.From, "above the one before");
            Settings.Range($"{name}.rate", fall.Rate, 1e-12, 10);
            Settings.Range($"{name}.hold", fall.Hold, 0, 1e12);
            Settings.Range($"{name}.steps", fall.Steps, 0, 1e12);
            Settings.Range($"{name}.final_ratio", fall.FinalRatio, fall.Decay == RateDecay.Exponential ? 1e-12 : 0, 1);
        }
    }
}
