using System.Net;
using System.Text.Json;
using Parti.Inference.Imaging;

namespace Parti.Http.Tests.OpenAi;

/// <summary>What the clients do not send by themselves: our own fields, JSON edits, limits, wrong values one by one.</summary>
public sealed class RequestTests(DemoServer server) : IClassFixture<DemoServer>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Generate_SameSeed_IsTheSamePicture()
    {
        string body = """{"prompt":"a green star","seed":18446744073709551615,"temperature":0.5,"top_k":50,"top_p":0.9,"guidance_scale":2,"priority":"high","size":"64x64","unknown":{"a":1}}""";

        using JsonDocument first = await SendAsync(body), second = await SendAsync(body);

        Assert.Equal(ulong.MaxValue, Data(first)[0].GetProperty("seed").GetUInt64());
        Assert.Equal(Data(first)[0].GetProperty("b64_json").GetString(), Data(second)[0].GetProperty("b64_json").GetString());
        Assert.Equal("64x64", first.RootElement.GetProperty("size").GetString());
    }

    [Fact]
    public async Task Generate_Compression_MakesASmallerFile()
    {
        const string Body = """{"prompt":"a green star","seed":1,"output_format":"jpeg","output_compression":COMPRESSION}""";

        using JsonDocument coarse = await SendAsync(Body.Replace("COMPRESSION", "10", StringComparison.Ordinal)), fine = await SendAsync(Body.Replace("COMPRESSION", "100", StringComparison.Ordinal));

        Assert.True(Bytes(coarse).Length < Bytes(fine).Length / 2);
        Assert.Equal([0xFF, 0xD8], Bytes(coarse)[..2]);
    }

    [Fact]
    public async Task Generate_BestOf_IsOneOfItsCandidatesAndAllOfThemAreCounted()
    {
        using JsonDocument all = await SendAsync("""{"prompt":"two green stars","seed":5,"n":4,"temperature":1}""");
        using JsonDocument best = await SendAsync("""{"prompt":"two green stars","seed":5,"best_of":4,"temperature":1}""");

        JsonElement picture = Assert.Single(Data(best).EnumerateArray());
        Assert.Equal(Data(all)[picture.GetProperty("candidate").GetInt32()].GetProperty("b64_json").GetString(), picture.GetProperty("b64_json").GetString());
        Assert.Equal(
            all.RootElement.GetProperty("usage").GetProperty("output_tokens").GetInt32(),
            best.RootElement.GetProperty("usage").GetProperty("output_tokens").GetInt32());
        Assert.False(Data(all)[0].TryGetProperty("candidate", out _));
    }

    [Fact]
    public async Task Stream_SameRequestTwice_ShowsTheSamePicturesSoFar()
    {
        const string Body = """{"prompt":"a green star","seed":6,"n":2,"stream":true,"partial_images":3}""";

        string[] first = await StreamAsync(Body), second = await StreamAsync(Body);

        Assert.Equal(8, first.Length);
        Assert.Equal(8, first.Distinct().Count());
        Assert.Equal(first, second);
    }

    [Fact]
    public async Task Edit_Json_WorksAsTheForm()
    {
        string image = Convert.ToBase64String(Pictures.Png(256, 256)), mask = Convert.ToBase64String(Pictures.LeftHalfMask(256));
        string body = $$"""{"prompt":"a blue square","images":[{"image_url":"data:image/png;base64,{{image}}"}],"mask":{"image_url":"data:image/png;base64,{{mask}}"},"seed":4}""";

        using JsonDocument answer = await SendAsync(body, "/v1/images/edits");

        byte[] original = Pictures.Noise(256, 256).Rgb, result = PictureDecoder.Decode(Bytes(answer)).Rgb;
        Assert.Equal(original[(3 * 128)..(3 * 256)], result[(3 * 128)..(3 * 256)]);
        Assert.NotEqual(original, result);
    }

    [Fact]
    public async Task Edit_OwnTransparencyAndOtherSize_IsTheMask()
    {
        string image = Convert.ToBase64String(Pictures.LeftHalfMask(512));

        using JsonDocument answer = await SendAsync($$"""{"prompt":"a blue square","image":"data:image/png;base64,{{image}}","size":"64x64"}""", "/v1/images/edits");

        Assert.Equal(64, PictureDecoder.Decode(Bytes(answer)).Width);
    }

    [Fact]
    public async Task Vary_WithPromptAndStrength_IsAnotherPicture()
    {
        string image = Convert.ToBase64String(Pictures.Png(64, 64));
        string body = $$"""{"prompt":"a red circle","strength":1,"seed":7,"image":"data:image/png;base64,{{image}}","size":"64x64"}""";

        using JsonDocument whole = await SendAsync(body, "/v1/images/variations"), generated = await SendAsync("""{"prompt":"a red circle","seed":7,"size":"64x64"}""");

        Assert.Equal(PictureDecoder.Decode(Bytes(generated)).Rgb, PictureDecoder.Decode(Bytes(whole)).Rgb);
    }

    [Theory]
    [InlineData("""{"prompt":"x","n":65}""", "n", 400)]
    [InlineData("""{"prompt":"x","n":0}""", "n", 400)]
    [InlineData("""{"prompt":"x","n":1.5}""", "n", 400)]
    [InlineData("""{"prompt":"x","n":"1"}""", "n", 400)]
    [InlineData("""{"prompt":" "}""", "prompt", 400)]
    [InlineData("""{"n":1}""", "prompt", 400)]
    [InlineData("""{"prompt":"x","size":"256"}""", "size", 400)]
    [InlineData("""{"prompt":"x","size":"1024x1024"}""", "size", 400)]
    [InlineData("""{"prompt":"x","seed":-1}""", "seed", 400)]
    [InlineData("""{"prompt":"x","seed":18446744073709551616}""", "seed", 400)]
    [InlineData("""{"prompt":"x","partial_images":4,"stream":true}""", "partial_images", 400)]
    [InlineData("""{"prompt":"x","partial_images":1}""", "partial_images", 400)]
    [InlineData("""{"prompt":"x","stream":true,"response_format":"url"}""", "response_format", 400)]
    [InlineData("""{"prompt":"x","output_format":"gif"}""", "output_format", 400)]
    [InlineData("""{"prompt":"x","output_compression":50}""", "output_compression", 400)]
    [InlineData("""{"prompt":"x","background":"transparent"}""", "background", 400)]
    [InlineData("""{"prompt":"x","n":3,"best_of":2}""", "best_of", 400)]
    [InlineData("""{"prompt":"x","best_of":65}""", "best_of", 400)]
    [InlineData("""{"prompt":"x","guidance_scale":51}""", "guidance_scale", 400)]
    [InlineData("""{"prompt":"x","top_p":0}""", "top_p", 400)]
    [InlineData("""{"prompt":"x","quality":"best"}""", "quality", 400)]
    [InlineData("""{"prompt":"x","user":5}""", "user", 400)]
    [InlineData("""{"prompt":"x","model":"gpt-image-1"}""", "model", 404)]
    public async Task Generate_WrongValue_IsNamed(string body, string param, int status)
    {
        using HttpResponseMessage answer = await PostAsync(body, "/v1/images/generations");

        Assert.Equal(status, (int)answer.StatusCode);
        JsonElement error = await ErrorObject.CheckAsync(answer, Token);
        Assert.Equal(param, error.GetProperty("param").GetString());
        Assert.Contains(param, error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Generate_LongPromptOrBody_IsRefused()
    {
        using HttpResponseMessage prompt = await PostAsync($$"""{"prompt":"{{new string('x', 16 * 1024 + 1)}}"}""", "/v1/images/generations");
        using HttpResponseMessage body = await PostAsync($$"""{"prompt":"{{new string('x', 1 << 20)}}"}""", "/v1/images/generations");

        Assert.Equal(HttpStatusCode.BadRequest, prompt.StatusCode);
        Assert.Equal("prompt", (await ErrorObject.CheckAsync(prompt, Token)).GetProperty("param").GetString());
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, body.StatusCode);
        Assert.Equal("body_too_large", (await ErrorObject.CheckAsync(body, Token)).GetProperty("code").GetString());
    }

    [Theory]
    [InlineData(10, 12, 8, 8, "mask")]
    [InlineData(9000, 1, 9000, 1, "image")]
    public async Task Edit_PicturesThatDoNotFit_AreRefused(int width, int height, int maskWidth, int maskHeight, string param)
    {
        string image = Convert.ToBase64String(Pictures.Png(width, height)), mask = Convert.ToBase64String(Pictures.Png(maskWidth, maskHeight));

        using HttpResponseMessage answer = await PostAsync(
            $$"""{"prompt":"x","image":"data:image/png;base64,{{image}}","mask":"data:image/png;base64,{{mask}}"}""", "/v1/images/edits");

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal(param, (await ErrorObject.CheckAsync(answer, Token)).GetProperty("param").GetString());
    }

    [Theory]
    [InlineData("GET", "/v1/images/generations", HttpStatusCode.MethodNotAllowed, "method_not_allowed", "POST")]
    [InlineData("DELETE", "/v1/models/demo", HttpStatusCode.MethodNotAllowed, "method_not_allowed", "GET")]
    [InlineData("GET", "/v1/chat/completions", HttpStatusCode.NotFound, "unknown_url", null)]
    public async Task AnyRoute_WrongMethodOrPath_SaysWhatThereIs(string method, string path, HttpStatusCode status, string code, string? allow)
    {
        using HttpRequestMessage request = new(new HttpMethod(method), path);
        using HttpResponseMessage answer = await server.Http.SendAsync(request, Token);

        Assert.Equal(status, answer.StatusCode);
        Assert.Equal(code, (await ErrorObject.CheckAsync(answer, Token)).GetProperty("code").GetString());
        Assert.Equal(allow is null ? [] : [allow], answer.Content.Headers.Allow);
    }

    private async Task<JsonDocument> SendAsync(string body, string path = "/v1/images/generations")
    {
        using HttpResponseMessage answer = await PostAsync(body, path);
        string text = await answer.Content.ReadAsStringAsync(Token);
        Assert.True(answer.IsSuccessStatusCode, text);
        return JsonDocument.Parse(text);
    }

    private async Task<HttpResponseMessage> PostAsync(string body, string path)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, path) { Content = new StringContent(body, null, "application/json") };

        // A server that refuses a body by its length may close the connection while it is still being sent.
        request.Headers.ExpectContinue = body.Length >= 1 << 20;
        return await server.Http.SendAsync(request, Token);
    }

    // The events' images and pictures, by image and then as they came.
    private async Task<string[]> StreamAsync(string body)
    {
        using HttpResponseMessage answer = await server.Http.PostAsync("/v1/images/generations", Calls.Json(body), Token);
        JsonElement[] events = [.. (await answer.Content.ReadAsStringAsync(Token)).Split('\n').Where(line => line.StartsWith("data: ", StringComparison.Ordinal))
            .Select(line => JsonSerializer.Deserialize<JsonElement>(line["data: ".Length..]))];
        return [.. events.OrderBy(one => one.GetProperty("image_index").GetInt32()).Select(one => $"{one.GetProperty("image_index")} {one.GetProperty("type")} {one.GetProperty("b64_json")}")];
    }

    private static JsonElement Data(JsonDocument answer) => answer.RootElement.GetProperty("data");

    private static byte[] Bytes(JsonDocument answer) => Data(answer)[0].GetProperty("b64_json").GetBytesFromBase64();
}
