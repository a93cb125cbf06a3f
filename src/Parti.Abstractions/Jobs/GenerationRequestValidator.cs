using System.Globalization;
using System.Text;

namespace Parti.Abstractions;

/// <summary>Checks a request against limits and reports every problem at once, each with its range and the way out.</summary>
public static class GenerationRequestValidator
{
    /// <summary>The word for the detokenizer's own size.</summary>
    public const string NativeSize = "native";

    private const int MaxWebhookLength = 2048;

    /// <summary>Finds what is wrong with a request.</summary>
    /// <returns>Empty when the request can be served.</returns>
    public static IReadOnlyList<RequestProblem> Validate(GenerationRequest request, RequestLimits limits)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(limits);
        List<RequestProblem> problems = [];
        CheckText(problems, request, limits);
        CheckRange(problems, "n", request.N, 1, limits.MaxImages, "split the request into several jobs for more");
        CheckBestOf(problems, request, limits.MaxImages);
        CheckRange(problems, "guidance_scale", request.GuidanceScale, 0, 50, "1 means no guidance");
        CheckRange(problems, "temperature", request.Temperature, 0, 10, "0 takes the likeliest token");
        CheckRange(problems, "top_k", request.TopK, 0, int.MaxValue, "0 keeps all candidates");
        CheckTopP(problems, request.TopP);
        CheckEnum(problems, "output_format", request.OutputFormat);
        CheckEnum(problems, "priority", request.Priority);
        CheckRange(problems, "output_compression", request.OutputCompression, 0, 100, "100 is the best quality");
        CheckRange(problems, "partial_images", request.PartialImages, 0, 3, "0 shows none");
        CheckSource(problems, request.Source);
        CheckWebhook(problems, request.Webhook);
        CheckModelAndSize(problems, request, limits);
        return problems;
    }

    private static void CheckText(List<RequestProblem> problems, GenerationRequest request, RequestLimits limits)
    {
        if (string.IsNullOrWhiteSpace(request.Prompt) && request.Source is null)
        {
            problems.Add(new("prompt", "prompt is empty; say what to draw, for example \"a red circle\"."));
        }

        CheckLength(problems, "prompt", request.Prompt, limits.MaxPromptBytes);
        CheckLength(problems, "negative_prompt", request.NegativePrompt, limits.MaxPromptBytes);
    }

    private static void CheckLength(List<RequestProblem> problems, string parameter, string? text, int maximum)
    {
        int bytes = text is null ? 0 : Encoding.UTF8.GetByteCount(text);
        if (bytes > maximum)
        {
            problems.Add(new(parameter, Text($"{parameter} is {bytes} bytes long, at most {maximum} bytes of UTF-8 are read; shorten it.")));
        }
    }

    private static void CheckRange(List<RequestProblem> problems, string parameter, double? value, double minimum, double maximum, string wayOut)
    {
        // Negated so that NaN is out of range too.
        if (value is double given && !(given >= minimum && given <= maximum))
        {
            string range = maximum == int.MaxValue ? Text($"{minimum} or above") : Text($"{minimum} to {maximum}");
            problems.Add(new(parameter, Text($"{parameter} is {given}, allowed is {range}; {wayOut}.")));
        }
    }

    private static void CheckBestOf(List<RequestProblem> problems, GenerationRequest request, int maximum)
    {
        CheckRange(problems, "best_of", request.BestOf, 1, maximum, "1 chooses nothing");
        if (request.BestOf is int candidates and > 1 && candidates < request.N)
        {
            problems.Add(new("best_of", Text($"best_of is {candidates}, which is below n, {request.N}; it counts all candidates, of which the best n are kept: give n or more, or leave it out.")));
        }
    }

    private static void CheckTopP(List<RequestProblem> problems, double? value)
    {
        if (value is double given && !(given > 0 && given <= 1))
        {
            problems.Add(new("top_p", Text($"top_p is {given}, allowed is above 0 to 1; 1 keeps all candidates.")));
        }
    }

    private static void CheckSource(List<RequestProblem> problems, SourcePicture? source)
    {
        if (source is null)
        {
            return;
        }

        if (source.Sha256 is not { Length: 64 } || !source.Sha256.All(char.IsAsciiHexDigitLower))
        {
            problems.Add(new("image", "image is named by the SHA-256 of its stored bytes, 64 hexadecimal digits in lower case."));
        }

        if (!(source.Strength > 0 && source.Strength <= 1))
        {
            problems.Add(new("strength", Text($"strength is {source.Strength}, allowed is above 0 to 1; 1 draws the whole picture again.")));
        }
    }

    private static void CheckEnum<T>(List<RequestProblem> problems, string parameter, T value)
        where T : struct, Enum
    {
        if (!Enum.IsDefined(value))
        {
            string names = string.Join(", ", Enum.GetNames<T>().Select(name => name.ToLowerInvariant()));
            problems.Add(new(parameter, $"{parameter} is {value}, allowed is one of {names}."));
        }
    }

    private static void CheckWebhook(List<RequestProblem> problems, string? webhook)
    {
        bool usable = webhook is null || (webhook.Length <= MaxWebhookLength && Uri.TryCreate(webhook, UriKind.Absolute, out Uri? url)
            && url is { Scheme: "http" or "https", UserInfo.Length: 0, Host.Length: > 0 });
        if (!usable)
        {
            problems.Add(new("webhook", $"webhook is \"{Shorten(webhook!)}\", allowed is http://HOST/PATH or https://HOST/PATH without a user name, at most {MaxWebhookLength} characters."));
        }
    }

    private static void CheckModelAndSize(List<RequestProblem> problems, GenerationRequest request, RequestLimits limits)
    {
        if (request.Size is not null && request.Size != NativeSize && !TryReadSize(request.Size, out _))
        {
            problems.Add(new("size", $"size is \"{Shorten(request.Size)}\", allowed is an edge in pixels such as 256, or native."));
            return;
        }

        if (limits.Models is null)
        {
            return;
        }

        ModelLimits? model = request.Model is null
            ? (limits.Models.Count > 0 ? limits.Models[0] : null)
            : limits.Models.FirstOrDefault(candidate => candidate.Name == request.Model);
        if (model is null)
        {
            problems.Add(UnknownModel(request.Model, limits.Models));
        }
        else if (request.Size is not null && TryReadSize(request.Size, out int edge) && !model.Sizes.Contains(edge))
        {
            string sizes = string.Join(", ", model.Sizes.Select(size => size.ToString(CultureInfo.InvariantCulture)));
            problems.Add(new("size", $"size is {edge}, model {model.Name} delivers {sizes}; choose one of them or native."));
        }
    }

    private static RequestProblem UnknownModel(string? name, IReadOnlyList<ModelLimits> models)
    {
        string known = models.Count == 0
            ? "no model is served; give a model directory"
            : "served are " + string.Join(", ", models.Select(model => model.Name)) + "; choose one of them or leave model out";
        return new("model", name is null ? $"model is not given and {known}." : $"model \"{Shorten(name)}\" is unknown; {known}.");
    }

    private static bool TryReadSize(string text, out int edge) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out edge) && edge > 0;

    private static string Shorten(string text) => text.Length <= 64 ? text : text[..64] + "…";

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
