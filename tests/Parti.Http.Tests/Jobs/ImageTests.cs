using System.Net;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Parti.Inference;
using Parti.Inference.Imaging;

namespace Parti.Http.Tests.Jobs;

public sealed class ImageTests(TestServer server) : IClassFixture<TestServer>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Get_StoredImage_IsItsBytesUnderItsHash()
    {
        (string url, string sha256) = await ImageAsync();

        using HttpResponseMessage answer = await server.Http.GetAsync(url, Token);
        byte[] bytes = await answer.Content.ReadAsByteArrayAsync(Token);

        Assert.Equal("image/png", answer.Content.Headers.ContentType!.MediaType);
        Assert.Equal($"\"{sha256}\"", answer.Headers.ETag!.Tag);
        Assert.Equal(sha256, Convert.ToHexStringLower(SHA256.HashData(bytes)));
    }

    [Fact]
    public async Task Get_KnownTag_Is304()
    {
        (string url, string sha256) = await ImageAsync();

        Assert.Equal(HttpStatusCode.NotModified, await StatusAsync(url, $"\"{sha256}\""));
        Assert.Equal(HttpStatusCode.NotModified, await StatusAsync(url, $"W/\"{sha256}\", \"other\""));
        Assert.Equal(HttpStatusCode.NotModified, await StatusAsync(url, "*"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(url, "\"other\""));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync($"{url}?format=webp", $"\"{sha256}\""));
    }

    [Fact]
    public async Task Get_Range_IsThatPartOfTheBytes()
    {
        (string url, _) = await ImageAsync();
        byte[] whole = await server.Http.GetByteArrayAsync(url, Token);
        using HttpRequestMessage request = new(HttpMethod.Get, url);
        request.Headers.Range = new(2, 9);

        using HttpResponseMessage answer = await server.Http.SendAsync(request, Token);

        Assert.Equal(HttpStatusCode.PartialContent, answer.StatusCode);
        Assert.Equal(whole[2..10], await answer.Content.ReadAsByteArrayAsync(Token));
        Assert.Equal(whole.Length, answer.Content.Headers.ContentRange!.Length);
    }

    [Theory]
    [InlineData("?format=jpeg", "image/jpeg", 64)]
    [InlineData("?format=webp&size=32", "image/webp", 32)]
    [InlineData("?size=200", "image/png", 200)]
    [InlineData("?format=png&size=64", "image/png", 64)]
    public async Task Get_OtherFormatOrSize_IsConverted(string query, string type, int edge)
    {
        (string url, _) = await ImageAsync();

        using HttpResponseMessage answer = await server.Http.GetAsync(url + query, Token);
        Picture picture = PictureDecoder.Decode(await answer.Content.ReadAsByteArrayAsync(Token));

        Assert.Equal(type, answer.Content.Headers.ContentType!.MediaType);
        Assert.Equal((edge, edge), (picture.Width, picture.Height));
        Assert.All(picture.Rgb, value => Assert.InRange(value, 126, 128));
    }

    [Theory]
    [InlineData("/images/0?size=15", "size")]
    [InlineData("/images/0?size=4096", "size")]
    [InlineData("/images/0?format=gif", "format")]
    [InlineData("/images/1", "index")]
    [InlineData("/images/-1", "index")]
    [InlineData("/images/x", "index")]
    public async Task Get_WhatIsNotThere_NamesTheParameter(string path, string parameter)
    {
        (string url, _) = await ImageAsync();

        (HttpStatusCode status, JsonNode problem) = await server.Http.SendAsync(HttpMethod.Get, url.Replace("/images/0", path, StringComparison.Ordinal));

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal(parameter, (string?)problem["errors"]![0]!["parameter"]);
    }

    [Fact]
    public async Task Preview_FinishedImage_IsThePicture()
    {
        (string url, _) = await ImageAsync();

        Assert.Equal(await server.Http.GetByteArrayAsync(url, Token), await server.Http.GetByteArrayAsync($"{url}/preview", Token));
    }

    private async Task<(string Url, string Sha256)> ImageAsync()
    {
        JsonNode job = await server.Http.MakeAsync("""{"prompt":"a red circle","seed":1,"size":"native"}""");
        JsonNode image = job["images"]![0]!;
        return ((string)image["url"]!, (string)image["sha256"]!);
    }

    private async Task<HttpStatusCode> StatusAsync(string url, string known)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, url);
        request.Headers.TryAddWithoutValidation("If-None-Match", known);
        using HttpResponseMessage answer = await server.Http.SendAsync(request, Token);
        return answer.StatusCode;
    }
}
