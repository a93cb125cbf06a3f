using Parti.Models.Checkpoints;

namespace Parti.Training.Evaluation;

/// <summary>How image tokens are drawn; from the whole codebook, without top-k or top-p.</summary>
/// <param name="Guidance">λ in <c>u + λ(c − u)</c> (Parti §2.4): 0 to 50; 1 for none.</param>
/// <param name="Temperature">0 to 10; 0 takes the likeliest token.</param>
public sealed record SamplingSetting(double Guidance, double Temperature)
{
    /// <summary>Every pair of some scales and temperatures, guidance first; what is empty comes from the model.</summary>
    /// <param name="guidance">Guidance scales.</param>
    /// <param name="temperature">Temperatures.</param>
    /// <param name="defaults">The model's own.</param>
    public static IReadOnlyList<SamplingSetting> Grid(IReadOnlyList<double> guidance, IReadOnlyList<double> temperature, SamplingDefaults defaults) =>
    [
        .. from g in OrDefault(guidance, defaults.GuidanceScale)
           from t in OrDefault(temperature, defaults.Temperature)
           select new SamplingSetting(g, t),
    ];

    /// <inheritdoc />
    public override string ToString() => $"guidance {Guidance}, temperature {Temperature}";

    // By way of decimal 0.8f becomes 0.8, not 0.800000011920929.
    static IReadOnlyList<double> OrDefault(IReadOnlyList<double> given, float value) => given.Count > 0 ? [.. given.Distinct()] : [(double)(decimal)value];
}
