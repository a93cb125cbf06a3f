using Parti.Inference.Sampling;
using Parti.Inference.Scheduling;
using Parti.Models.Text;

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

    /// <summary>Columns and rows of the maps of a model's words.</summary>
    /// <exception cref="EngineRequestException"><c>attention_unsupported</c>: the decoder does not attend to words, or the image tokens form no square.</exception>
    public static int SideOf(ModelDescription model, IReadOnlyList<TextWord>? words)
    {
        int side = (int)Math.Round(Math.Sqrt(model.ImageTokens));
        return words is not null && side * side == model.ImageTokens ? side : throw new EngineRequestException(
            "attention_unsupported",
            $"Model {model.Name} has no maps of words here: they need a decoder on one device that attends to the text, and a square of image tokens. Use a model of family parti or min-dalle.");
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
