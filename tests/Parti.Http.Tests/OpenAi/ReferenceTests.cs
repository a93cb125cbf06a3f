using System.Text.Json.Nodes;
using Parti.Inference;
using Parti.Silo.Http.OpenAi;

namespace Parti.Http.Tests.OpenAi;

/// <summary>The description of <c>/v1</c> is held against what its readers read.</summary>
public sealed class ReferenceTests(TestServer server) : IClassFixture<TestServer>
{
    [Fact]
    public async Task OpenApi_Generations_HasTheFieldsThatAreReadAndNoOthers()
    {
        ReadNames fields = new();
        ModelDescription model = new("m", "hash", 32, 64, 64, [64], new(1, 1, 0, 1));
        ImageCallReader.Read(fields, [model], "image_generation", needsPrompt: true, "");

        Assert.Equal(fields.Names, await FieldsOfAsync("generations", "application/json"));
    }

    [Theory]
    [InlineData("edits", "application/json", "images,mask,strength")]
    [InlineData("edits", "multipart/form-data", "image,mask,strength")]
    [InlineData("variations", "application/json", "images,strength")]
    [InlineData("variations", "multipart/form-data", "image,strength")]
    public async Task OpenApi_FromPictures_HasPicturesBesideTheFieldsOfGenerations(string route, string kind, string more)
    {
        SortedSet<string> fields = await FieldsOfAsync("generations", "application/json");
        fields.UnionWith(more.Split(','));

        Assert.Equal(fields, await FieldsOfAsync(route, kind));
    }

    [Theory]
    [InlineData("generations", "prompt")]
    [InlineData("edits", "images,prompt")]
    [InlineData("variations", "images")]
    public async Task OpenApi_Fields_AreRequiredOrLimited(string route, string required)
    {
        JsonNode schema = (await OperationAsync(route))["requestBody"]!["content"]!["application/json"]!["schema"]!;

        Assert.Equal(required, string.Join(',', schema["required"]!.AsArray().Select(name => (string)name!).Order()));
        Assert.Equal("png,jpeg,webp", string.Join(',', schema["properties"]!["output_format"]!["enum"]!.AsArray().Select(word => (string)word!)));
        Assert.Equal(64, (int)schema["properties"]!["n"]!["maximum"]!);
    }

    [Fact]
    public async Task OpenApi_Answers_AreDescribed()
    {
        JsonNode answers = (await OperationAsync("generations"))["responses"]!;
        JsonNode succeeded = answers["200"]!["content"]!;

        Assert.EndsWith("/ImagesBody", (string?)succeeded["application/json"]!["schema"]!["$ref"], StringComparison.Ordinal);
        Assert.True(Properties(succeeded["text/event-stream"]!).ContainsKey("partial_image_index"));
        Assert.All(["400", "401", "404", "429"], status =>
            Assert.EndsWith("/ErrorBody", (string?)answers[status]!["content"]!["application/json"]!["schema"]!["$ref"], StringComparison.Ordinal));
    }

    private async Task<SortedSet<string>> FieldsOfAsync(string route, string kind) =>
        new(Properties((await OperationAsync(route))["requestBody"]!["content"]![kind]!).Select(property => property.Key), StringComparer.Ordinal);

    private async Task<JsonNode> OperationAsync(string route) => (await server.Http.GetJsonAsync("/openapi/v1.json"))["paths"]![$"/v1/images/{route}"]!["post"]!;

    private static JsonObject Properties(JsonNode content) => content["schema"]!["properties"]!.AsObject();

    /// <summary>Has no field but the prompt and remembers what was asked for.</summary>
    private sealed class ReadNames : RequestFields
    {
        internal SortedSet<string> Names { get; } = new(StringComparer.Ordinal);

        internal override string? Text(string name) => Ask<string?>(name) ?? (name == "prompt" ? "a red circle" : null);

        internal override decimal? Whole(string name) => Ask<decimal?>(name);

        internal override double? Number(string name) => Ask<double?>(name);

        internal override bool? Flag(string name) => Ask<bool?>(name);

        private T? Ask<T>(string name)
        {
            Names.Add(name);
            return default;
        }
    }
}
