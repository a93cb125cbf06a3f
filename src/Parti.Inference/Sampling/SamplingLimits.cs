namespace Parti.Inference.Sampling;

/// <summary>Ranges of the sampling parameters.</summary>
public static class SamplingLimits
{
    /// <summary>Largest guidance scale.</summary>
    public const float MaxGuidanceScale = 50;

    /// <summary>Largest temperature.</summary>
    public const float MaxTemperature = 10;

    /// <summary>Checks parameters against their ranges.</summary>
    /// <param name="parameters">Parameters of a request.</param>
    /// <exception cref="EngineRequestException"><c>invalid_parameter</c>, naming the parameter and its range.</exception>
    public static void Validate(SamplingParams parameters)
    {
        // Written so that NaN fails.
        Require(parameters.GuidanceScale is >= 0 and <= MaxGuidanceScale, "guidance_scale", parameters.GuidanceScale, "0 to 50; 1 means no guidance");
        Require(parameters.Temperature is >= 0 and <= MaxTemperature, "temperature", parameters.Temperature, "0 to 10; 0 takes the likeliest token");
        Require(parameters.TopK >= 0, "top_k", parameters.TopK, "0 or more; 0 keeps all tokens");
        Require(parameters.TopP is > 0 and <= 1, "top_p", parameters.TopP, "above 0 to 1; 1 keeps all tokens");
    }

    static void Require(bool holds, string name, float value, string range)
    {
        if (!holds)
        {
            throw new EngineRequestException("invalid_parameter", $"{name} is {value}; it must be {range}.");
        }
    }
}
