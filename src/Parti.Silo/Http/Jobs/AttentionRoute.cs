using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Net.Http.Headers;
using Parti.Abstractions;
using Parti.Client;
using Parti.Silo.Http.Problems;
using Parti.Silo.Http.Security;
using Parti.Silo.Http.Tenants;

namespace Parti.Silo.Http.Jobs;

/// <summary>Where a word of the prompt drew attention: the stored picture under a map of it.</summary>
/// <param name="clients">Whose jobs a request may see.</param>
/// <param name="conversions">Draws.</param>
internal sealed class AttentionRoute(TenantClients clients, PictureConversions conversions)
{
    private const int LongestWord = 64;
    private static readonly TimeSpan RetrySoon = TimeSpan.FromSeconds(1);

    /// <summary>Maps <c>/attention/{word}</c>.</summary>
    /// <param name="images">The group <c>/api/jobs/{id}/images/{index}</c>.</param>
    internal void Map(RouteGroupBuilder images) => images.MapGet("/attention/{word}", GetAsync).Produces<byte[]>(contentType: "image/png").Produces(304)
        .ProducesProblem(400).ProducesProblem(404).ProducesProblem(429)
        .WithSummary("Where a word of the prompt drew attention when the picture was made.")
        .WithDescription("The stored picture under a heat map, as PNG of its size: red where the word weighed most, the picture itself where it weighed least. "
            + "The word is given in any case and without punctuation; another one is 404 and lists those that can be asked for. ETag and If-None-Match are served.");

    private async Task<IResult> GetAsync(HttpContext context, string id, string index, string word, CancellationToken cancellationToken)
    {
        _ = new QueryParameters(context.Request);
        string asked = WordOf(word);
        JobHandle handle = clients.For(context).GetJob(id);
        (JobSnapshot job, ImageSnapshot image) = await ImageRoutes.FindAsync(handle, index, cancellationToken);
        if (image.Url is null)
        {
            return ImageRoutes.NotStored(job, image);
        }

        EntityTagHeaderValue tag = TagOf(image, asked);
        context.Response.Headers.CacheControl = "private, no-cache";
        if (ImageRoutes.IsKnown(context.Request, tag))
        {
            // A tag is given with a map only, and a map never changes.
            context.Response.Headers.ETag = tag.ToString();
            return Results.StatusCode(StatusCodes.Status304NotModified);
        }

        AttentionAnswer? answer = await clients.AttentionAsync(context, id, image.Index, asked, cancellationToken);
        if (answer is not { Outcome: AttentionOutcome.Done })
        {
            return Refusal(context.Response, answer, asked);
        }

        return await handle.ReadImageAsync(image.Index, cancellationToken) is { } bytes
            ? Results.Bytes(await conversions.UnderHeatAsync(bytes, answer, cancellationToken), OutputFormat.Png.ContentType(), entityTag: tag)
            : ImageRoutes.Missing(image);
    }

    // A slash in a segment stays encoded.
    private static string WordOf(string segment)
    {
        string word = segment.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
        return word.Length <= LongestWord
            ? word
            : throw ProblemAnswers.Parameter("word", $"word has {word.Length} characters, allowed are at most {LongestWord}; ask for one word of the prompt.");
    }

    // By the word as it was asked for: what it is to the model is not known here.
    private static EntityTagHeaderValue TagOf(ImageSnapshot image, string word)
    {
        string name = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(word)))[..16];
        return new(string.Create(CultureInfo.InvariantCulture, $"\"{image.Sha256}-attention-{name}\""));
    }

    private static IResult Refusal(HttpResponse response, AttentionAnswer? answer, string word)
    {
        switch (answer?.Outcome)
        {
            case AttentionOutcome.UnknownWord:
                string known = answer.Words.Count == 0 ? "there is none" : $"there are {string.Join(", ", answer.Words)}";
                return ProblemAnswers.Of(StatusCodes.Status404NotFound, "word_not_found", $"The model reads no word \"{word}\" in the prompt; {known}.");
            case AttentionOutcome.Unsupported:
                return ProblemAnswers.Of(StatusCodes.Status404NotFound, "attention_unsupported", answer.Reason!);
            case AttentionOutcome.Busy:
                Refusals.SetRetryAfter(response, RetrySoon);
                return ProblemAnswers.Of(StatusCodes.Status429TooManyRequests, "overloaded", answer.Reason!);
            default:
                return ProblemAnswers.Of(StatusCodes.Status404NotFound, "image_not_ready", "The image's tokens are not there; make it again.");
        }
    }
}
