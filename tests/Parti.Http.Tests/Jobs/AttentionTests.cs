using System.Net;
using System.Text.Json.Nodes;
using Parti.Inference;
using Parti.Inference.Imaging;

namespace Parti.Http.Tests.Jobs;

public sealed class AttentionTests(DemoServer server) : IClassFixture<DemoServer>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("native", "png", 64)]
    [InlineData("256", "jpeg", 256)]
    public async Task Get_WordOfThePrompt_IsThePictureUnderAMapOfItsSize(string size, string format, int edge)
    {
        string image = await ImageAsync($$"""{"prompt":"a red circle left of a blue square","seed":1,"size":"{{size}}","output_format":"{{format}}"}""");

        using HttpResponseMessage answer = await server.Http.GetAsync($"{image}/attention/CIRCLE", Token);
        Picture circle = PictureDecoder.Decode(await answer.Content.ReadAsByteArrayAsync(Token));
        Picture square = PictureDecoder.Decode(await server.Http.GetByteArrayAsync($"{image}/attention/square", Token));
        Picture plain = PictureDecoder.Decode(await server.Http.GetByteArrayAsync(image, Token));

        Assert.Equal("image/png", answer.Content.Headers.ContentType!.MediaType);
        Assert.Equal((edge, edge), (circle.Width, circle.Height));
        Assert.NotEqual(plain.Rgb, circle.Rgb);
        Assert.NotEqual(square.Rgb, circle.Rgb);
        Assert.True(IsRed(circle), "the greatest weight is red");
    }

    [Fact]
    public async Task Get_TheSameTwice_IsTheSameUnderOneTag()
    {
        string image = await ImageAsync("""{"prompt":"a red circle","seed":2,"size":"native"}""");

        using HttpResponseMessage first = await server.Http.GetAsync($"{image}/attention/red", Token);
        byte[] again = await server.Http.GetByteArrayAsync($"{image}/attention/red", Token);
        using HttpRequestMessage known = new(HttpMethod.Get, $"{image}/attention/red") { Headers = { IfNoneMatch = { first.Headers.ETag! } } };
        using HttpResponseMessage unchanged = await server.Http.SendAsync(known, Token);

        Assert.Equal(await first.Content.ReadAsByteArrayAsync(Token), again);
        Assert.Equal(HttpStatusCode.NotModified, unchanged.StatusCode);
    }

    [Theory]
    [InlineData("attention/green", "word_not_found", "a, red, circle")]
    [InlineData("attention/red%20circle", "word_not_found", "a, red, circle")]
    [InlineData("attention/%2F..%2F", "word_not_found", "a, red, circle")]
    public async Task Get_OtherWord_IsNotFoundAndListsTheWords(string path, string code, string words)
    {
        string image = await ImageAsync("""{"prompt":"a red, circle","seed":3,"size":"native"}""");

        (HttpStatusCode status, JsonNode problem) = await server.Http.SendAsync(HttpMethod.Get, $"{image}/{path}");

        Assert.Equal((HttpStatusCode.NotFound, code), (status, (string?)problem["code"]));
        Assert.Contains(words, (string)problem["detail"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_LongWordOrQuery_NamesTheParameter()
    {
        string image = await ImageAsync("""{"prompt":"a red circle","seed":2,"size":"native"}""");

        (HttpStatusCode longer, JsonNode word) = await server.Http.SendAsync(HttpMethod.Get, $"{image}/attention/{new string('x', 65)}");
        (HttpStatusCode queried, JsonNode query) = await server.Http.SendAsync(HttpMethod.Get, $"{image}/attention/red?size=64");

        Assert.Equal((HttpStatusCode.BadRequest, HttpStatusCode.BadRequest), (longer, queried));
        Assert.Equal("word", (string?)word["errors"]![0]!["parameter"]);
        Assert.Equal("size", (string?)query["errors"]![0]!["parameter"]);
    }

    private async Task<string> ImageAsync(string body) => (string)(await server.Http.MakeAsync(body))["images"]![0]!["url"]!;

    private static bool IsRed(Picture picture) =>
        Enumerable.Range(0, picture.Width * picture.Height).Any(i => picture.Rgb[3 * i] > 120 && picture.Rgb[(3 * i) + 1] < 60 && picture.Rgb[(3 * i) + 2] < 60);
}
