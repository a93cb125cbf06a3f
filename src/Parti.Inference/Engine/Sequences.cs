using Parti.Inference.Sampling;
using Parti.Inference.Scheduling;

namespace Parti.Inference.Engine;

/// <summary>Checks what callers ask for, as far as that needs no weights, and makes sequences of it.</summary>
static class Sequences
{
    // The prompt's row alone is wanted; nothing is drawn.
    static readonly SamplingParams Nothing = new(1, 0, 0, 1);

    /// <summary>An image to sample.</summary>
    /// <exception cref="EngineRequestException">A parameter is out of range, or the tokens are not the model's.</exception>
    public static Sequence Of(SampleRequest request, ModelDescription model)
    {
        SamplingLimits.Validate(request.Sampling);
        if (request.KeptTokens.Count > model.ImageTokens)
        {
            throw new EngineRequestException(
                "invalid_tokens", $"{request.KeptTokens.Count} tokens are kept; an image of model {model.Name} has {model.ImageTokens}.");
        }
        if (request.ForcedTokens.Count != 0 && request.ForcedTokens.Count != model.ImageTokens)
        {
            throw new EngineRequestException(
                "invalid_tokens",
                $"{request.ForcedTokens.Count} tokens are forced or open; give none or all {model.ImageTokens} of model {model.Name}, {SampleRequest.Open} where one is to be drawn.");
        }
        if (request.ImageIndex < 0)
        {
            throw new EngineRequestException("invalid_parameter", $"The image index is {request.ImageIndex}; it must be 0 or more.");
        }
        return new(request, model.ImageTokens);
    }

    /// <summary>A finished image to score.</summary>
    /// <exception cref="EngineRequestException"><c>invalid_tokens</c>: the image is not finished.</exception>
    public static Sequence Of(ScoreRequest request, ModelDescription model)
    {
        if (request.Tokens.Count != model.ImageTokens)
        {
            throw new EngineRequestException(
                "invalid_tokens", $"{request.Tokens.Count} tokens are to be scored; an image of model {model.Name} has {model.ImageTokens}.");
        }
        SampleRequest given = new(request.Conditioning, Nothing, 0, 0, []) { ForcedTokens = request.Tokens, Priority = request.Priority };
        return new(given, model.ImageTokens, isScored: true);
    }
}
